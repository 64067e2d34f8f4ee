package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/certificate"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/erroranalysis"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/testset"
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

// TestPublishedEvaluations: the metrics of each published evaluation follow from its predictions, and the page
// states the accuracy.
func TestPublishedEvaluations(t *testing.T) {
	_, page := published(t)
	for _, dir := range evaluations(t) {
		folder, report, p := readEvaluation(t, dir)
		measured, err := evaluation.Measure(t.Context(), p, 1)
		if err != nil {
			t.Fatal(err)
		}
		measured.Seconds = report.Seconds
		if diff := cmp.Diff(*measured, report.Evaluation); diff != "" {
			t.Errorf("%s: %s", dir, diff)
		}
		accuracy := fmt.Sprintf("**%.2f %%**", 100*report.Metrics.Accuracy)
		if link := "imdb/results/" + filepath.Base(dir); !strings.Contains(page, accuracy) || !strings.Contains(page, link) {
			t.Errorf("../IMDB.md does not contain %s and the link %s", accuracy, link)
		}
		if folder.Kind() != runfolder.EvaluationKind || p.Len() != report.Length.Examples {
			t.Errorf("%s is of the kind %q, with %d of %d predictions", dir, folder.Kind(), p.Len(), report.Length.Examples)
		}
	}
}

func evaluations(t *testing.T) (dirs []string) {
	t.Helper()
	files, err := filepath.Glob("results/*/" + runfolder.EvaluationFile)
	if err != nil || len(files) == 0 {
		t.Fatalf("no published evaluation: %v", err)
	}
	for _, file := range files {
		dirs = append(dirs, filepath.Dir(file))
	}
	return dirs
}

func readEvaluation(t *testing.T, dir string) (*runfolder.Folder, *testset.Report, *classify.TaskPredictions) {
	t.Helper()
	folder, err := runfolder.Open(filepath.Split(dir))
	if err != nil {
		t.Fatal(err)
	}
	report := new(testset.Report)
	if err := folder.Read(runfolder.EvaluationFile, report); err != nil {
		t.Fatal(err)
	}
	p, err := evaluation.ReadPredictions(folder, runfolder.EvaluationPredictionsFile, report.Task)
	if err != nil {
		t.Fatal(err)
	}
	return folder, report, p
}

// TestMistakes: the table of kinds on the page is that of the file, whose reviews are wrong answers of the run.
func TestMistakes(t *testing.T) {
	_, page := published(t)
	const file = "mistakes-lora-256-once-seed-1.csv"
	s, err := erroranalysis.Summarize(file)
	if err != nil {
		t.Fatal(err)
	}
	for kind, n := range s.Counts {
		if !regexp.MustCompile(fmt.Sprintf(`(?m)^\| %s[^|]*\| %d \|`, kind, n)).MatchString(page) {
			t.Errorf("../IMDB.md does not say that %d mistakes are of the kind %q", n, kind)
		}
	}
	folder, err := runfolder.Open("results", "lora-256-once-seed-1")
	if err != nil {
		t.Fatal(err)
	}
	p, err := folder.ReadPredictions(runfolder.ReportPredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	chosen, _, err := p.Answers()
	if err != nil {
		t.Fatal(err)
	}
	wrong := map[string]bool{}
	for i, id := range p.IDs {
		wrong[id] = chosen[i] != p.Labels[i]
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil || len(rows) != 101 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if !wrong[row[0]] {
			t.Errorf("%s is no mistake of the run", row[0])
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
