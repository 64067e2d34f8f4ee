package toytest

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
)

// Model makes the folder of a random BERT of 6,000 weights without a classifier.
func Model(t testing.TB) string { return modelIn(t, "model", bert.Options{}) }

// MaskedModel makes the folder of the same BERT with its pooler and its
// masked-language-model head.
func MaskedModel(t *testing.T) string { return modelIn(t, "masked", bert.Options{Head: bert.MaskedLM}) }

func modelIn(t testing.TB, name string, options bert.Options) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := saveModel(dir, options); err != nil {
		t.Fatal(err)
	}
	return dir
}

// saveModel writes the fixture of pkg/bert, as the options open it, to the new folder dir. The
// test runs in kernel, in a package of pkg/ or internal/, or one level below.
func saveModel(dir string, options bert.Options) error {
	fixture := "../pkg/bert/testdata/encoder/tiny"
	for range 2 {
		if _, err := os.Stat(fixture); err != nil {
			fixture = "../" + fixture
		}
	}
	m, err := bert.Open(context.Background(), fixture, options)
	if err != nil {
		return err
	}
	return m.Save(dir)
}
