package certificate

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// Changed data and another model are found, at their place and at another one; missing ones are not
// checked, with the option that names them.
func TestInputs(t *testing.T) {
	source, model := toytest.Data(t), toytest.Model(t)
	dir := certified(t, func(e *finetune.Experiment) { e.Data.Source, e.Model = source, model })
	elsewhere := filepath.Join(t.TempDir(), "other", filepath.Base(source))
	moved := filepath.Join(t.TempDir(), "model")
	if err := errors.Join(os.MkdirAll(filepath.Dir(elsewhere), 0o755), copyTo(elsewhere, source), os.CopyFS(moved, os.DirFS(model))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(source), os.Rename(model, model+"-gone")); err != nil {
		t.Fatal(err)
	}
	r := verify(t, dir, Options{Predict: 5})
	text := r.String()
	for _, want := range []string{"is not on this machine; --data names", "is not on this machine; --model names", "the data and the model must be on this machine"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
	o := Options{Predict: 5, Data: elsewhere, Model: moved}
	if r := verify(t, dir, o); r.Err() != nil || r.Count(Unchecked) != 0 {
		t.Errorf("%s", r)
	}
	toytest.FlipLast(t, filepath.Join(moved, "model.safetensors"))
	r = verify(t, dir, o)
	wantDiffers(t, r, "the weights (model.safetensors)")
	if !strings.Contains(r.String(), "the data and the model must be on this machine and agree") {
		t.Errorf("%s", r)
	}
	changeText(t, elsewhere)
	r = verify(t, dir, o)
	wantDiffers(t, r, "the texts, labels or ids of the")
}

func copyTo(path, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(path, os.DirFS(from))
	}
	text, err := os.ReadFile(from)
	return errors.Join(err, os.WriteFile(path, text, 0o644))
}

// changeText changes a word of the data.
func changeText(t *testing.T, source string) {
	t.Helper()
	found := false
	err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || found {
			return err
		}
		text, err := os.ReadFile(path)
		if i := bytes.IndexByte(text, ' '); i >= 0 {
			found = true
			return errors.Join(err, os.WriteFile(path, append(text[:i:i], append([]byte(" x"), text[i:]...)...), 0o644))
		}
		return err
	})
	if err != nil || !found {
		t.Fatal(err, found)
	}
}
