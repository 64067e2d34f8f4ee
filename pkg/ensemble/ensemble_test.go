package ensemble

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/testset"
)

// openSet opens a small data set of a task.
func openSet(t *testing.T, task data.Task) *data.Dataset {
	t.Helper()
	dir := t.TempDir()
	var err error
	switch task {
	case data.SingleLabel:
		dir = toytest.DataOf(t, 90, 60)
	default:
		err = toytest.TaskData(dir, task)
	}
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Opener{Task: task}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// renamed are the model's names of the classes of the data.
var renamed = map[data.Task]map[string]string{data.MultiLabel: {"with k": "art", "with m": "news", "with n": "sport"}}

// evaluated evaluates a model with some settings on a data set, and returns the folder.
func evaluated(t *testing.T, model string, set *data.Dataset, o classify.Options) string {
	t.Helper()
	c, err := classify.Open(t.Context(), "", model, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dir := filepath.Join(t.TempDir(), "evaluation")
	if _, err := testset.Run(t.Context(), dir, c, set, testset.Options{Classes: renamed[c.Task()]}); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, dir string) *classify.TaskPredictions {
	t.Helper()
	f, err := evaluation.ReadFinished(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f.Predictions
}

// The metrics are those of the mean probabilities, computed here by hand, and each model has its own metrics and a
// difference with a corrected p-value. One model has the classes in another order.
func TestEvaluate(t *testing.T) {
	model, set := toytest.Classifier(t, data.SingleLabel), openSet(t, data.SingleLabel)
	dirs := []string{
		evaluated(t, model, set, classify.Options{}),
		evaluated(t, model, set, classify.Options{MaxLength: 4}),
		evaluated(t, model, set, classify.Options{MaxLength: 6}),
	}
	e, err := Evaluate(t.Context(), dirs, Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	first := read(t, dirs[0]).SingleLabel
	sums := map[string][]float64{}
	for _, dir := range dirs {
		p := read(t, dir).SingleLabel
		_, rows, err := p.Answers()
		if err != nil {
			t.Fatal(err)
		}
		for i, row := range rows {
			sum := sums[p.IDs[i]]
			if sum == nil {
				sum = make([]float64, len(row))
			}
			for class, v := range row {
				sum[slices.Index(first.Classes, p.Classes[class])] += v / 3
			}
			sums[p.IDs[i]] = sum
		}
	}
	mean := &metrics.Predictions{Classes: first.Classes, IDs: first.IDs, Labels: first.Labels}
	for _, id := range first.IDs {
		for _, v := range sums[id] {
			mean.Probabilities = append(mean.Probabilities, float32(v))
		}
	}
	want, err := metrics.Measure(mean)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, e.Metrics, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
	if len(e.Notes) > 0 || e.Task != data.SingleLabel || len(e.Models) != 3 {
		t.Errorf("%+v", e)
	}
	for i, m := range e.Models {
		own, err := metrics.Measure(read(t, dirs[i]).SingleLabel)
		if err != nil {
			t.Fatal(err)
		}
		c, err := evaluation.Compare(t.Context(), read(t, dirs[i]), &classify.TaskPredictions{SingleLabel: mean}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if m.Dir != dirs[i] || m.Evaluation.Metrics.Accuracy != own.Accuracy || math.Abs(*m.Difference-(want.Accuracy-own.Accuracy)) > 1e-9 || *m.PValue < c.SingleLabel.Test.PValue {
			t.Errorf("model %d: %+v", i, m)
		}
	}
	if text := e.String(); !strings.Contains(text, dirs[2]) || !strings.Contains(text, "ensemble  of 3 models") {
		t.Error(text)
	}
	if text, err := json.Marshal(e); err != nil || !strings.Contains(string(text), `"difference"`) {
		t.Errorf("%s, %v", text, err)
	}
}

// Two equal models are that model, also with the classes in another order.
func TestTasks(t *testing.T) {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression} {
		t.Run(string(task), func(t *testing.T) {
			model, set := toytest.Classifier(t, task), openSet(t, task)
			first := evaluated(t, model, set, classify.Options{})
			classes := slices.Clone(read(t, first).Classes())
			slices.Reverse(classes)
			dirs := []string{first, evaluated(t, model, set, classify.Options{Labels: classes})}
			e, err := Evaluate(t.Context(), dirs, Options{Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			one, err := evaluation.Measure(t.Context(), read(t, dirs[0]), 1)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(*one, e.Evaluation, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
				t.Error(diff)
			}
			for _, m := range e.Models {
				if m.Difference == nil || *m.Difference != 0 {
					t.Errorf("the difference from an equal model: %+v", m)
				}
			}
		})
	}
}

// aRun makes a run folder with a report's predictions, and the digest of its examples.
func aRun(t *testing.T, p *classify.TaskPredictions, digest string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "run")
	folder, err := runfolder.Create(filepath.Dir(dir), "run", "an experiment", runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if digest != "" {
		if err := folder.Write(runfolder.SplitsFile, splits.Record{Test: splits.Split{Digest: digest}}); err != nil {
			t.Fatal(err)
		}
	}
	if p != nil {
		if err := evaluation.WritePredictions(folder, runfolder.ReportPredictionsFile, p); err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func predictions(change func(p *metrics.Predictions)) *classify.TaskPredictions {
	p := &metrics.Predictions{Classes: []string{"bad", "good"}, IDs: []string{"x", "y"}, Labels: []int{0, 1}, Probabilities: []float32{0.75, 0.25, 0.5, 0.5}}
	change(p)
	return &classify.TaskPredictions{SingleLabel: p}
}

// Runs are matched by ids and by names of classes. Texts whose digests cannot be compared have a note.
func TestRuns(t *testing.T) {
	same := func(*metrics.Predictions) {}
	reversed := func(p *metrics.Predictions) {
		p.Classes, p.IDs, p.Labels = []string{"good", "bad"}, []string{"y", "x"}, []int{0, 1}
		p.Probabilities = []float32{0.875, 0.125, 0.25, 0.75}
	}
	set := openSet(t, data.SingleLabel)
	evaluation := evaluated(t, toytest.Classifier(t, data.SingleLabel), set, classify.Options{})
	for name, c := range map[string]struct {
		second string // folder
		notes  int
	}{
		"the same digest": {aRun(t, predictions(same), "a"), 0},
		"an earlier one":  {aRun(t, predictions(same), ""), 1},
		"another order":   {aRun(t, predictions(reversed), "b"), 1},
		"an evaluation":   {aRun(t, read(t, evaluation), "a"), 1},
	} {
		t.Run(name, func(t *testing.T) {
			first := aRun(t, predictions(same), "a")
			if name == "an evaluation" {
				first = evaluation
			}
			e, err := Evaluate(t.Context(), []string{first, c.second}, Options{})
			if err != nil || len(e.Notes) != c.notes {
				t.Fatalf("%+v, %v", e, err)
			}
			if name == "another order" {
				want := []float32{0.75, 0.25, 0.3125, 0.6875}
				if diff := cmp.Diff(want, e.Predictions.SingleLabel.Probabilities, cmpopts.EquateApprox(0, 1e-6)); diff != "" || e.Metrics.Accuracy != 1 {
					t.Errorf("accuracy %v, %s", e.Metrics.Accuracy, diff)
				}
			}
		})
	}
}

// Folders that make no ensemble are named with the reason.
func TestEvaluateRefuses(t *testing.T) {
	same := aRun(t, predictions(func(*metrics.Predictions) {}), "a")
	tags := &classify.TaskPredictions{Tags: &metrics.TagPredictions{Classes: []string{"O", "B-PER"}, IDs: []string{"x"}, Labels: [][]int{{0, 1}}, Answers: [][]int{{0, 0}}}}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(same, link); err != nil {
		t.Fatal(err)
	}
	set := openSet(t, data.SingleLabel)
	model := toytest.Classifier(t, data.SingleLabel)
	changed := *set
	changed.Test = slices.Clone(set.Test)
	changed.Test[3].Text += " z"
	for says, dirs := range map[string][]string{
		"found 1 folders, expected at least 2":          {same},
		"are the same folder":                           {same, link},
		"contains no run":                               {same, t.TempDir()},
		runfolder.ReportPredictionsFile + " is missing": {same, aRun(t, nil, "a")},
		`the tasks are "single_label_classification" before and "regression" after`: {same, aRun(t, &classify.TaskPredictions{Regression: &metrics.RegressionPredictions{IDs: []string{"x", "y"}, Values: []float64{0, 1}, Answers: []float64{0, 1}}}, "a")},
		"tags have no mean":                          {aRun(t, tags, "a"), aRun(t, tags, "a")},
		"have other texts or answers":                {same, aRun(t, predictions(func(*metrics.Predictions) {}), "b")},
		"expected predictions for the same examples": {evaluated(t, model, set, classify.Options{}), evaluated(t, model, &changed, classify.Options{})},
		`"y" is missing after`:                       {same, aRun(t, predictions(func(p *metrics.Predictions) { p.IDs = []string{"x", "z"} }), "a")},
		`label "good" before`:                        {same, aRun(t, predictions(func(p *metrics.Predictions) { p.Labels = []int{0, 0} }), "a")},
		`the classes are ["bad" "`:                   {same, aRun(t, predictions(func(p *metrics.Predictions) { p.Classes = []string{"bad", "fine"} }), "a")},
	} {
		e, err := Evaluate(t.Context(), dirs, Options{})
		if err == nil || e != nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %+v, %v, expected an error with %q", e, err, says)
		}
	}
}
