package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/certificate"
)

// published returns the published runs, and the text of the page about them.
func published(t *testing.T) (dirs []string, page string) {
	t.Helper()
	text, err := os.ReadFile("../IMDB.md")
	if err != nil {
		t.Fatal(err)
	}
	if dirs, err = filepath.Glob("results/*/certificate.json"); err != nil || len(dirs) == 0 {
		t.Fatalf("no published run: %v", err)
	}
	for i := range dirs {
		dirs[i] = filepath.Dir(dirs[i])
	}
	return dirs, string(text)
}

// TestPublished: the files of each published run are those of its certificate, the metrics follow from the
// predictions, and the page states the digest.
func TestPublished(t *testing.T) {
	dirs, page := published(t)
	for _, dir := range dirs {
		report, err := certificate.Verify(t.Context(), dir, certificate.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Count(certificate.Agrees) == 0 || report.Err() != nil {
			t.Errorf("%s\n%s", dir, report)
		}
		if !strings.Contains(page, report.Digest) {
			t.Errorf("../IMDB.md does not contain the digest of %s, %s", dir, report.Digest)
		}
	}
}

// TestPublishedPredictions: the data, the model, the drawn examples and some predictions of each published
// run are those of its certificate.
func TestPublishedPredictions(t *testing.T) {
	testenv.NeedsTime(t, "it reads IMDB and computes predictions of bert-base-cased")
	data, model := testenv.Need(t, "LORABOOK_IMDB"), testenv.Need(t, "LORABOOK_BERT")
	dirs, _ := published(t)
	for _, dir := range dirs {
		report, err := certificate.Verify(t.Context(), dir, certificate.Options{Data: data, Model: model, Predict: 20})
		if err != nil {
			t.Fatal(err)
		}
		if report.Count(certificate.Agrees) == 0 || report.Err() != nil {
			t.Errorf("%s\n%s", dir, report)
		}
		t.Log(report)
	}
}
