package finetune

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// The report states the accuracy without the test examples that stand in the training examples: that
// of the other predictions. If they were left out of the training, it states nothing.
func TestReportWithoutDuplicates(t *testing.T) {
	e := toy(t)
	text, err := os.ReadFile(filepath.Join(e.Data.Source, "train.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	copies, train := 7, strings.Split(strings.TrimSpace(string(text)), "\n")
	test, err := os.ReadFile(filepath.Join(e.Data.Source, "test.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(test)), "\n")
	for i := range copies { // the text and the label, with the id of the test example
		lines[i] = strings.Replace(train[10+i], `"id":"train`, `"id":"copied`, 1)
	}
	source := t.TempDir()
	for name, content := range map[string]string{"train.jsonl": string(text), "test.jsonl": strings.Join(lines, "\n") + "\n"} {
		if err := os.WriteFile(filepath.Join(source, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e.Training.Epochs, e.Data.Source = 1, source
	e.Data.Train, e.Data.Validation, e.Data.Test = -1, 4, -1
	report := func(e Experiment) (*Run, *Report) {
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
		out, err := r.Report(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return r, out
	}
	r, got := report(e)
	w := got.WithoutDuplicates
	if w == nil || w.Left < copies-4 || w.Left > copies || w.After == nil || w.After.Metrics.Examples != got.After.Examples-w.Left {
		t.Fatalf("%+v", w)
	}
	p, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	trained := map[string]bool{}
	for _, x := range examples.Train {
		trained[x.Text] = true
	}
	var others []int
	for i, x := range examples.Test {
		if !trained[x.Text] {
			others = append(others, i)
		}
	}
	m, err := metrics.Measure(p.Select(others...))
	if err != nil || m.Accuracy != w.After.Metrics.Accuracy || m.Examples != w.After.Metrics.Examples {
		t.Errorf("accuracy %v on %d examples, expected %v on %d: %v", w.After.Metrics.Accuracy, w.After.Metrics.Examples, m.Accuracy, m.Examples, err)
	}
	if says := fmt.Sprintf("%d test examples have a duplicate among the training examples", w.Left); !strings.Contains(got.String(), says) || !strings.Contains(got.String(), "without them, after the training: accuracy") {
		t.Errorf("the report does not say %q: %s", says, got)
	}
	e.Data.DropDuplicates = splits.DropNear
	if _, got := report(e); got.WithoutDuplicates != nil {
		t.Errorf("%+v, although duplicates were left out of the training", got.WithoutDuplicates)
	}
}
