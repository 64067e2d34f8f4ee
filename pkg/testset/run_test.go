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
	"github.com/lorabook/lorabook/pkg/metrics"
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
// same predictions, byte for byte; a finished one is read.
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
			file := runfolder.EvaluationPredictionsFile
			if a, b := toytest.ReadFile(t, filepath.Join(dir, file)), toytest.ReadFile(t, filepath.Join(stopped, file)); a != b {
				t.Errorf("%s of the stopped evaluation is\n%s\nwant\n%s", file, b, a)
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
			again.Comparison, again.Against, again.Data = nil, "", report.Data
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
		{name: "unknown", set: set("good", "awful"), says: `the model has no ["awful"]: rename each of these to the model's class with the same meaning, as in --class "awful=CLASS"`},
		{name: "numbers", set: set("0", "1"), says: `the model has no ["0" "1"]`},
		{name: "twice", set: set("good", "GOOD"), says: `"good" and "GOOD" of the data set are both the class "good"`},
		{name: "rename what is not there", set: set("good"), rename: map[string]string{"great": "good"}, says: `"great", which is no class`},
		{name: "rename to what is not there", set: set("good"), rename: map[string]string{"good": "great"}, says: `the model has no ["great"]`},
		{name: "several labels", task: data.MultiLabel, set: set("good", "fine", "bad"), want: []int{2, 1, 0}},
		{name: "two classes that become one", set: set("great", "good", "bad"), rename: map[string]string{"great": "good"}, want: []int{2, 2, 0}},
		{name: "two labels that become one", task: data.MultiLabel, set: set("great", "good"), rename: map[string]string{"great": "good"}, want: []int{2, 2}},
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
	if _, err := matched(set("Us"), set("Us").Test, data.SingleLabel, []string{"us", "US"}, nil); err == nil || !strings.Contains(err.Error(), `the model has no ["Us"]`) {
		t.Errorf("a name that is two classes but for case: %v", err)
	}
	if _, err := matched(set("good"), []data.Example{{ID: "x", Label: -1}}, data.SingleLabel, model, nil); err == nil || !strings.Contains(err.Error(), `"x" has the class -1`) {
		t.Errorf("an example without a class: %v", err)
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
		{single, Options{Examples: 4}, `Examples is 4, but the part "all" of the data set single has 3 examples`},
		{single, Options{Part: OfRun}, `Part is "run", but the model's folder is no run on the data set single`},
		{&data.Dataset{Name: "empty"}, Options{}, "the data set empty has no examples"},
		{single, Options{Part: "half"}, `Part is "half"`},
		{single, Options{Examples: -1}, "Examples is -1"},
	} {
		err := test.o.complete()
		var got []string
		if err == nil {
			var examples []data.Example
			examples, err = test.o.choose(test.set, nil)
			for _, e := range examples {
				got = append(got, e.ID)
			}
		}
		if err != nil && !strings.Contains(err.Error(), test.want) || err == nil && strings.Join(got, " ") != test.want {
			t.Errorf("%s, %+v: got %v, %v; want %s", test.set.Name, test.o, got, err, test.want)
		}
	}
	o := Options{Examples: 2, Seed: 3}
	if drawn, err := o.choose(single, nil); err != nil || len(drawn) != 2 {
		t.Errorf("a draw of 2: %v, %v", drawn, err)
	}
}

// trainedRun writes the folder of a run on the data set at source, with the first examples of the training
// half for training, the next for validation, and test.
func trainedRun(t *testing.T, source string, set *data.Dataset, test []data.Example) string {
	t.Helper()
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
	examples := &splits.Examples{Train: set.Train[:50], Validation: set.Train[50:60], Test: test}
	if err := folder.Write(runfolder.SplitsFile, splits.Config{}.WithDefaults(1).Record(examples, 1)); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	return run
}

// If the data are those of the model's run, its test examples are evaluated, and examples that it was trained
// on are counted.
func TestTrainedIn(t *testing.T) {
	c, source := classifier(t, data.SingleLabel), toytest.DataOf(t, 90, 60)
	set, err := data.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	drawn := []data.Example{set.Test[7], set.Test[3], set.Train[80]}
	run := trainedRun(t, source, set, drawn)
	other := *set
	other.Train = slices.Clone(set.Train)
	other.Train[0].Text += " z"
	changed := *set
	changed.Test = slices.Clone(set.Test)
	changed.Test[7].Text += " z"
	for _, test := range []struct {
		part Part
		set  *data.Dataset
		n    int
		want *Seen
		says string
	}{
		{"", set, 3, &Seen{}, ""},
		{OfRun, set, 3, &Seen{}, ""},
		{All, set, 150, &Seen{50, 10}, "of the 150 examples 50 are training examples and 10 are validation examples of the model's training"},
		{Test, set, 60, &Seen{}, ""},
		{"", &other, 60, nil, ""},
		{All, &other, 150, nil, ""},
		{OfRun, &other, 0, nil, "is no run on the data set"},
		{OfRun, &changed, 0, nil, "the test examples of the run have changed"},
	} {
		notes := toytest.Notes{Progress: progress.Nop}
		report, err := Run(t.Context(), filepath.Join(t.TempDir(), "out"), c, test.set, Options{Part: test.part, TrainedIn: run, Progress: &notes})
		if test.n == 0 {
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("part %q: %v, want an error with %s", test.part, err, test.says)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, report.Seen); diff != "" || report.Length.Examples != test.n {
			t.Errorf("part %q: %d examples, want %d; %s", test.part, report.Length.Examples, test.n, diff)
		}
		all := strings.Join(notes.Notes, "\n")
		if !strings.Contains(all, test.says) || test.says == "" && strings.Contains(all, "training examples") {
			t.Errorf("part %q: the notes are %q, want %q", test.part, notes.Notes, test.says)
		}
		if unknown := strings.Contains(strings.Join(report.Notes, "\n"), "it is not known whether"); unknown != (test.want == nil) {
			t.Errorf("part %q: the notes of the report are %q", test.part, report.Notes)
		}
	}
	if found, err := readTraining(t.TempDir(), set); found != nil || err != nil {
		t.Errorf("an adapter's folder: %v, %v", found, err)
	}
}

// Ids that are numbers of lines name other examples once a line is inserted, although the examples are the same.
func TestTrainedInByLine(t *testing.T) {
	dir := t.TempDir()
	lines := []string{"text,label"}
	for i := range 80 {
		lines = append(lines, []string{"a b ", "k k "}[i%2]+strings.Repeat("c ", i%7)+","+[]string{"bad", "good"}[i%2])
	}
	plain, gaps := filepath.Join(dir, "plain.csv"), filepath.Join(dir, "gaps.csv")
	toytest.WriteFile(t, plain, strings.Join(lines, "\n")+"\n")
	toytest.WriteFile(t, gaps, strings.Join(lines, "\n\n")+"\n")
	var sets []*data.Dataset
	for _, path := range []string{plain, gaps} {
		set, err := data.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		sets = append(sets, set)
	}
	run := trainedRun(t, plain, sets[0], sets[0].Train[70:])
	for i, want := range []bool{true, false} {
		found, err := readTraining(run, sets[i])
		if err != nil || (found != nil) != want {
			t.Errorf("file %d: %v, %v", i, found, err)
		}
	}
}

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

// Renamed classes that turn the answers around are remarked, unless the classifier is wrong by itself.
func TestBelowChance(t *testing.T) {
	r := &Report{Classes: map[string]string{"0": "good"}}
	r.Metrics = &metrics.Metrics{Classes: make([]metrics.ClassMetrics, 2)}
	r.Metrics.AccuracyInterval.High = 0.4
	if w := r.belowChance(); !strings.Contains(w, "below that of a guess") {
		t.Errorf("the warning is %q", w)
	}
	r.Classes = nil
	if w := r.belowChance(); w != "" {
		t.Errorf("without renamed classes the warning is %q", w)
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
		"the model has no": func() (*Report, error) {
			return Run(t.Context(), missing, c, set, Options{Classes: map[string]string{"bad": "x"}})
		},
		"is nil":     func() (*Report, error) { return Run(t.Context(), missing, nil, set, Options{}) },
		"not the 10": func() (*Report, error) { return Run(t.Context(), missing, c, set, Options{Examples: 10, Against: dir}) },
		"contains no run": func() (*Report, error) {
			return Run(t.Context(), missing, c, set, Options{Against: filepath.Join(root, "no")})
		},
		"is not a run": func() (*Report, error) { return Run(t.Context(), root, c, set, Options{}) },
		"has a run, not": func() (*Report, error) {
			return Run(t.Context(), trainedRun(t, toytest.DataOf(t, 60, 6), set, nil), c, set, Options{})
		},
		"not opened":       func() (*Report, error) { return Run(t.Context(), missing, &classify.Classifier{}, set, Options{}) },
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
