package testset

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A comparison needs the same ids, texts and answers, which are compared before anything is computed.
func TestAgainst(t *testing.T) {
	c, source := classifier(t, data.SingleLabel), toytest.DataOf(t, 90, 60)
	set, err := data.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	first := filepath.Join(root, "first")
	if _, err := Run(t.Context(), first, c, set, Options{}); err != nil {
		t.Fatal(err)
	}
	run := trainedRun(t, source, set, set.Test)
	examples, err := matched(set, set.Test, data.SingleLabel, c.Model().Config.Labels, nil)
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := c.PredictTask(t.Context(), examples, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	dir, name := filepath.Split(run)
	folder, err := runfolder.Create(dir, name, "an experiment", runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if err := evaluation.WritePredictions(folder, runfolder.ReportPredictionsFile, predictions); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(e *data.Example)) *data.Dataset {
		other := *set
		other.Test = slices.Clone(set.Test)
		change(&other.Test[9])
		return &other
	}
	reversed := *set
	reversed.Labels = []string{"good", "bad"}
	reversed.Test = slices.Clone(set.Test)
	for i := range reversed.Test {
		reversed.Test[i].Label = 1 - reversed.Test[i].Label
	}
	slices.Reverse(reversed.Test)
	for i, test := range []struct {
		set  *data.Dataset
		o    Options
		says string // "": no error
	}{
		{set, Options{}, ""},
		{&reversed, Options{}, ""}, // the same examples by name
		{changed(func(e *data.Example) { e.Text += " z" }), Options{}, "with other texts or answers"},
		{changed(func(e *data.Example) { e.Label = 1 - e.Label }), Options{}, "with other texts or answers"},
		{changed(func(e *data.Example) { e.ID = "new" }), Options{}, "which are not the 60"},
		{set, Options{Examples: 20}, "has predictions for 60 examples, which are not the 20"},
	} {
		for _, against := range []string{first, run} {
			if test.set == &reversed && against == run {
				continue // a run's digest has numbers of classes, here those of neither the data nor the model
			}
			test.o.Against = against
			out := filepath.Join(root, strings.Repeat("x", i+1)+filepath.Base(against))
			report, err := Run(t.Context(), out, c, test.set, test.o)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("%d, %s: %v, want an error with %s", i, against, err, test.says)
				}
				if _, err := os.Stat(out); !errors.Is(err, os.ErrNotExist) {
					t.Errorf("%d, %s: a refused comparison left a folder: %v", i, against, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%d, %s: %v", i, against, err)
				continue
			}
			if s := report.Comparison.SingleLabel; s.Examples != 60 || s.Difference != 0 || !strings.Contains(report.String(), "compared with "+against) {
				t.Errorf("%d, %s: the report is\n%s", i, against, report)
			}
		}
	}
}

// The classes of a comparison are matched by name: an evaluation of the same model with its classes in another
// order is compared, and differs in no answer.
func TestAgainstClassesInAnotherOrder(t *testing.T) {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.TokenClassification} {
		dir, set := toytest.Classifier(t, task), dataOf(t, task)
		root := t.TempDir()
		open := func(labels []string) *classify.Classifier {
			c, err := classify.Open(t.Context(), "", dir, classify.Options{Labels: labels})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			return c
		}
		c := open(nil)
		first, o := filepath.Join(root, "first"), Options{Classes: renamed[task], Examples: 20}
		if _, err := Run(t.Context(), first, c, set, o); err != nil {
			t.Fatal(err)
		}
		labels := slices.Clone(c.Model().Config.Labels)
		slices.Reverse(labels)
		o.Against = first
		report, err := Run(t.Context(), filepath.Join(root, "second"), open(labels), set, o)
		if err != nil {
			t.Errorf("%s: %v", task, err)
			continue
		}
		if difference, _, _ := report.Comparison.Main(); difference == nil || *difference != 0 {
			t.Errorf("%s: the difference is %v, expected 0", task, difference)
		}
	}
	c, set := classifier(t, data.SingleLabel), dataOf(t, data.SingleLabel)
	first := filepath.Join(t.TempDir(), "first")
	if _, err := Run(t.Context(), first, c, set, Options{}); err != nil {
		t.Fatal(err)
	}
	other, err := classify.Open(t.Context(), "", toytest.Classifier(t, data.SingleLabel), classify.Options{Labels: []string{"x", "y", "z"}})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	names := map[string]string{"bad": "x", "good": "z"}
	if _, err := Run(t.Context(), filepath.Join(t.TempDir(), "second"), other, set, Options{Classes: names, Against: first}); err == nil || !strings.Contains(err.Error(), "a comparison needs the same names") {
		t.Errorf("other names: %v", err)
	}
}
