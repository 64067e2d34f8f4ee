package testset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

func classifier(t *testing.T, task data.Task) *classify.Classifier {
	t.Helper()
	return toytest.OpenClassifier(t, testenv.GoBackend(t), toytest.Classifier(t, task))
}

// dataOf returns a data set of a task, with other classes than the classifier.
func dataOf(t *testing.T, task data.Task) *data.Dataset {
	t.Helper()
	dir := t.TempDir()
	switch task {
	case data.SingleLabel:
		dir = toytest.DataOf(t, 90, 2000)
	case data.TokenClassification:
		if err := toytest.TagData(dir, 3, 60, 40, true); err != nil {
			t.Fatal(err)
		}
	default:
		if err := toytest.TaskData(dir, task); err != nil {
			t.Fatal(err)
		}
	}
	set, err := data.Opener{Task: task}.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if task == data.TokenClassification { // no example has the classes of organizations, which the classifier lacks
		outside := slices.Index(set.Labels, "O")
		for _, e := range set.Test {
			for i, tag := range e.Tags {
				if strings.HasSuffix(set.Labels[tag], "ORG") {
					e.Tags[i] = outside
				}
			}
		}
	}
	return set
}

// renamed maps the classes of the data sets of dataOf to those of toytest.Classifier.
var renamed = map[data.Task]map[string]string{
	data.MultiLabel: {"with k": "sport", "with m": "art", "with n": "News"},
}

// stopAfter ends a context after a number of examples.
type stopAfter struct {
	progress.Progress
	n    int
	stop func()
}

func (s stopAfter) Begin(task string, total, done int) progress.Task {
	return stopTask{s.Progress.Begin(task, total, done), s}
}

type stopTask struct {
	progress.Task
	stopAfter
}

func (s stopTask) Update(status progress.Status) {
	if status.Done >= s.n {
		s.stop()
	}
}

func (s stopTask) End() { s.Task.End() }

func (s stopTask) Begin(string, int, int) progress.Task { return s }

// The metrics are those of all predictions at once; an evaluation that stops after each part writes the
// same files, byte for byte, except the seconds; a finished one is read.
func TestRun(t *testing.T) {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		t.Run(string(task), func(t *testing.T) {
			c, set := classifier(t, task), dataOf(t, task)
			dir := filepath.Join(t.TempDir(), "whole")
			o := Options{Classes: renamed[task], Data: "toy", partExamples: 1}
			report, err := Run(t.Context(), dir, c, set, o)
			if err != nil {
				t.Fatal(err)
			}
			examples, err := matched(set, set.Test, task, c.Model().Config.Labels, o.Classes)
			if err != nil {
				t.Fatal(err)
			}
			predictions, err := c.PredictTask(t.Context(), examples, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			want, err := evaluation.Measure(t.Context(), predictions, 1)
			if err != nil {
				t.Fatal(err)
			}
			got := report.Evaluation
			got.Seconds = 0
			if diff := cmp.Diff(*want, got); diff != "" {
				t.Errorf("the metrics: %s", diff)
			}

			stopped := filepath.Join(t.TempDir(), "stopped")
			stops := 0
			for n := 1; ; n += 10 {
				ctx, cancel := context.WithCancel(t.Context())
				o.Progress = stopAfter{progress.Nop, n, cancel}
				_, err := Run(ctx, stopped, c, set, o)
				cancel()
				if err == nil {
					break
				}
				if stops++; !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
			if stops == 0 {
				t.Error("the evaluation was never stopped")
			}
			for _, file := range []string{runfolder.EvaluationPredictionsFile} {
				if a, b := toytest.ReadFile(t, filepath.Join(dir, file)), toytest.ReadFile(t, filepath.Join(stopped, file)); a != b {
					t.Errorf("%s of the stopped evaluation is\n%s\nwant\n%s", file, b, a)
				}
			}
			if left, err := filepath.Glob(filepath.Join(stopped, "evaluation_part*")); err != nil || len(left) > 0 {
				t.Errorf("parts are left: %v, %v", left, err)
			}
			again, err := Run(t.Context(), dir, c, set, Options{Classes: renamed[task], Against: stopped})
			if err != nil {
				t.Fatal(err)
			}
			if difference, _, _ := again.Comparison.Main(); *difference != 0 {
				t.Errorf("the comparison with the same predictions differs by %v", *difference)
			}
			again.Comparison = nil
			if diff := cmp.Diff(report, again); diff != "" {
				t.Errorf("the finished evaluation, read: %s", diff)
			}
		})
	}
}

// Classes are known by name: another order, other cases, classes that no example has, and renamed ones.
func TestClasses(t *testing.T) {
	model := []string{"bad", "fine", "good"}
	set := func(labels ...string) *data.Dataset {
		d := &data.Dataset{Labels: labels}
		for i := range labels {
			d.Test = append(d.Test, data.Example{Label: i, Labels: []int{i}})
		}
		return d
	}
	for _, test := range []struct {
		name   string
		set    *data.Dataset
		task   data.Task
		rename map[string]string
		want   []int
		says   string
	}{
		{name: "another order", set: set("good", "bad"), want: []int{2, 0}},
		{name: "case", set: set("Good", "BAD"), want: []int{2, 0}},
		{name: "renamed", set: set("0", "1"), rename: map[string]string{"0": "bad", "1": "good"}, want: []int{0, 2}},
		{name: "swapped", set: set("good", "bad"), rename: map[string]string{"good": "bad", "bad": "good"}, want: []int{0, 2}},
		{name: "unknown", set: set("good", "awful"), says: `lacks ["awful"]: rename the classes of the data set to the model's, as in --class awful=bad`},
		{name: "numbers", set: set("0", "1"), says: `lacks ["0" "1"]`},
		{name: "twice", set: set("good", "GOOD"), says: `"good" and "GOOD" of the data set are both the class "good"`},
		{name: "rename what is not there", set: set("good"), rename: map[string]string{"great": "good"}, says: `"great", which is no class`},
		{name: "rename to what is not there", set: set("good"), rename: map[string]string{"good": "great"}, says: `lacks ["great"]`},
		{name: "several labels", task: data.MultiLabel, set: set("good", "fine", "bad"), want: []int{2, 1, 0}},
		{name: "a class that the data do not state", task: data.MultiLabel, set: set("good", "bad"), says: `the classes ["fine"]`},
		{name: "rename for numbers", task: data.Regression, set: set("stars"), rename: map[string]string{"stars": "good"}, says: "has no classes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := matched(test.set, test.set.Test, test.task, model, test.rename)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want an error with %s", err, test.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range got {
				class := e.Label
				if test.task == data.MultiLabel {
					class = e.Labels[0]
				}
				if class != test.want[i] || test.set.Test[i].Label != i || test.set.Test[i].Labels[0] != i {
					t.Errorf("example %d has the class %d, want %d, and the data set unchanged", i, class, test.want[i])
				}
			}
		})
	}
	unused := set("good", "awful")
	if got, err := matched(unused, unused.Test[:1], data.SingleLabel, model, nil); err != nil || got[0].Label != 2 {
		t.Errorf("a class that no example has: %v, %v", got, err)
	}
}

func TestPartsOfData(t *testing.T) {
	e := func(ids ...string) (list []data.Example) {
		for _, id := range ids {
			list = append(list, data.Example{ID: id})
		}
		return list
	}
	divided := &data.Dataset{Name: "divided", Labels: []string{"a"}, Train: e("1", "2"), Validation: e("3"), Test: e("4", "5")}
	single := &data.Dataset{Name: "single", Labels: []string{"a"}, Train: e("1", "2", "3")}
	noTest := &data.Dataset{Name: "noTest", Labels: []string{"a"}, Train: e("1", "2"), Validation: e("3")}
	for _, test := range []struct {
		set  *data.Dataset
		o    Options
		want string // ids, or an error's text
	}{
		{divided, Options{}, "4 5"},
		{divided, Options{Part: Validation}, "3"},
		{divided, Options{Part: All}, "1 2 3 4 5"},
		{single, Options{}, "1 2 3"},
		{single, Options{Part: Test}, `no examples of the part "test", expected one of: train (3 examples)`},
		{noTest, Options{}, "train (2 examples), validation (1 examples)"},
		{single, Options{Examples: 4}, `Examples is 4, but the part "all" of single has 3`},
		{single, Options{Part: "half"}, `Part is "half"`},
		{single, Options{Examples: -1}, "Examples is -1"},
	} {
		err := test.o.complete()
		var got []string
		if err == nil {
			var examples []data.Example
			examples, err = test.o.choose(test.set)
			for _, e := range examples {
				got = append(got, e.ID)
			}
		}
		if err != nil && !strings.Contains(err.Error(), test.want) || err == nil && strings.Join(got, " ") != test.want {
			t.Errorf("%s, %+v: got %v, %v; want %s", test.set.Name, test.o, got, err, test.want)
		}
	}
	o := Options{Examples: 2, Seed: 3}
	if drawn, err := o.choose(single); err != nil || len(drawn) != 2 {
		t.Errorf("a draw of 2: %v, %v", drawn, err)
	}
}

// The report counts the examples that the model was trained on, if the run has the same data.
func TestSeen(t *testing.T) {
	c, source := classifier(t, data.SingleLabel), toytest.DataOf(t, 90, 60)
	set, err := data.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(t.TempDir(), "run")
	root, name := filepath.Split(run)
	folder, err := runfolder.Create(root, name, "an experiment", runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	in := inputs.Data(source, func(context.Context) (*data.Outline, error) { return set.Outline(), nil })
	if err := folder.CheckInput(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	examples := &splits.Examples{Train: set.Train[:50], Validation: set.Train[50:60], Test: set.Test}
	if err := folder.Write(runfolder.SplitsFile, splits.Config{}.WithDefaults(1).Record(examples, 1)); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	other := *set
	other.Train = slices.Clone(set.Train)
	other.Train[0].Text += " z"
	for _, test := range []struct {
		part Part
		set  *data.Dataset
		want *Seen
	}{{All, set, &Seen{50, 10}}, {Test, set, &Seen{}}, {All, &other, nil}} {
		notes := toytest.Notes{Progress: progress.Nop}
		report, err := Run(t.Context(), filepath.Join(t.TempDir(), "out"), c, test.set, Options{Part: test.part, TrainedIn: run, Progress: &notes})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, report.Seen); diff != "" {
			t.Errorf("%s: %s", test.part, diff)
		}
		if warned := strings.Contains(strings.Join(notes.Notes, "\n"), "of the 150 examples the model was trained on 50, and 10 are validation examples"); warned != (test.want != nil && test.want.Train > 0) {
			t.Errorf("%s: the notes are %q", test.part, notes.Notes)
		}
	}
	if seen, err := seenInTraining(t.TempDir(), set, set.Train); seen != nil || err != nil {
		t.Errorf("an adapter's folder: %v, %v", seen, err)
	}
}

// A folder with another evaluation is refused and unchanged, and a failure leaves no folder.
func TestRefused(t *testing.T) {
	c, set := classifier(t, data.SingleLabel), dataOf(t, data.SingleLabel)
	root := t.TempDir()
	dir := filepath.Join(root, "evaluation")
	if _, err := Run(t.Context(), dir, c, set, Options{}); err != nil {
		t.Fatal(err)
	}
	changed := *set
	changed.Test = slices.Clone(set.Test)
	changed.Test[0].Label = 1 - changed.Test[0].Label
	tags := classifier(t, data.TokenClassification)
	missing := filepath.Join(root, "none")
	for want, run := range map[string]func() (*Report, error){
		"examples.digest": func() (*Report, error) { return Run(t.Context(), dir, c, &changed, Options{}) },
		"examples.number": func() (*Report, error) { return Run(t.Context(), dir, c, set, Options{Examples: 10}) },
		"task":            func() (*Report, error) { return Run(t.Context(), missing, tags, set, Options{}) },
		"lacks": func() (*Report, error) {
			return Run(t.Context(), missing, c, set, Options{Classes: map[string]string{"bad": "x"}})
		},
		"is nil":     func() (*Report, error) { return Run(t.Context(), missing, nil, set, Options{}) },
		"not the 10": func() (*Report, error) { return Run(t.Context(), missing, c, set, Options{Examples: 10, Against: dir}) },
		"contains no run": func() (*Report, error) {
			return Run(t.Context(), missing, c, set, Options{Against: filepath.Join(root, "no")})
		},
		"is not a run":     func() (*Report, error) { return Run(t.Context(), root, c, set, Options{}) },
		"context canceled": func() (*Report, error) { return Run(cancelled(t), missing+"2", c, set, Options{}) },
	} {
		if _, err := run(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want an error with %q", err, want)
		}
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a refused evaluation left %s: %v", missing, err)
	}
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
