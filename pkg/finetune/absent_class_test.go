package finetune

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// A test half without examples of one class is evaluated, with a warning.
func TestTestHalfWithoutAClass(t *testing.T) {
	testenv.NeedsTime(t, "it trains on several data sets")
	e := toy(t)
	e.Training.Epochs = 1
	path := filepath.Join(e.Data.Source, "train.jsonl")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := f.WriteString(`{"text": "z y z y z", "label": "fine"}` + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	report, err := r.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(report.Warnings, func(w string) bool {
		return strings.Contains(w, `classes ["fine"]`) && strings.Contains(w, "support")
	}) {
		t.Errorf("warnings %q", report.Warnings)
	}
	for _, m := range []*metrics.Metrics{report.Before, report.After} {
		fine := m.Classes[slices.IndexFunc(m.Classes, func(c metrics.ClassMetrics) bool { return c.Name == "fine" })]
		if len(m.Classes) != 3 || fine.Support != 0 || fine.Recall != 0 || fine.F1 != 0 || fine.ROCAUC.Reason == "" || m.Examples != 80 {
			t.Errorf("%+v", m)
		}
	}
	if report.Comparison.Examples != 80 {
		t.Errorf("%+v", report.Comparison)
	}
}

// The error about a missing test half names the file that was not read.
func TestTestHalfThatIsNotRead(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"train.csv": "text,label\na,0\nb,1\n", "test.xlsx": "a spreadsheet"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e := toy(t)
	e.Data.Source = dir
	_, err := e.Examples(context.Background())
	if err == nil || !strings.Contains(err.Error(), "no test half") || !strings.Contains(err.Error(), "test.xlsx: not read") {
		t.Errorf("%v", err)
	}
}
