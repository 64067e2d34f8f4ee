package finetune

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// notes is a Progress that records the notes.
type notes struct {
	lines []string
}

func (*notes) Begin(task string, total, done int) progress.Task {
	return progress.Nop.Begin(task, total, done)
}

func (n *notes) Note(line string) { n.lines = append(n.lines, line) }

// warnings returns the warnings among the notes, without their prefix.
func (n *notes) warnings() []string {
	var list []string
	for _, line := range n.lines {
		if w, ok := strings.CutPrefix(line, progress.WarningPrefix); ok {
			list = append(list, w)
		}
	}
	return list
}

// A run shows a warning about the examples once and stores it in the baseline and the report. A
// process that reads these shows it again.
func TestWarningsReachEveryResult(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "run")
	e := toy(t)
	e.Training.Epochs = 1
	want := []string{"the first", "the second"}
	var shown notes
	r := openToy(t, dir, e, Options{Progress: &shown})
	examples, err := r.Examples(ctx)
	if err != nil {
		t.Fatal(err)
	}
	examples.Warnings, examples.Notes = want, []string{"a note"}
	report, err := r.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got := shown.warnings(); !slices.Equal(got, want) {
		t.Errorf("the run showed %q, expected %q", got, want)
	}
	if !slices.Equal(report.Warnings, want) || !strings.HasSuffix(report.String(), "\nwarning: the first\nwarning: the second") {
		t.Errorf("the report has the warnings %q and the text\n%s", report.Warnings, report)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	var again notes
	r = openToy(t, dir, e, Options{Progress: &again})
	for range 2 {
		baseline, err := r.Baseline(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(baseline.Warnings, want) || baseline.Metrics == nil {
			t.Errorf("the baseline in the folder is %+v, expected the warnings %q", baseline, want)
		}
	}
	if got := again.warnings(); !slices.Equal(got, want) {
		t.Errorf("from the folder %q were shown, expected %q", got, want)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	// The text of the baseline has the notes; Progress does not repeat them in every program that
	// reads it.
	if slices.Contains(again.lines, "a note") {
		t.Errorf("from the folder %q were shown", again.lines)
	}

	// A report on a baseline and a training in the folder has the warnings in its text only.
	if err := os.Remove(filepath.Join(dir, runfolder.ReportFile)); err != nil {
		t.Fatal(err)
	}
	var last notes
	r = openToy(t, dir, e, Options{Progress: &last})
	if report, err = r.Report(ctx); err != nil {
		t.Fatal(err)
	}
	if got := last.warnings(); len(got) > 0 || !strings.HasSuffix(report.String(), "\nwarning: the first\nwarning: the second") {
		t.Errorf("Progress showed %q, the text is\n%s", got, report)
	}
}
