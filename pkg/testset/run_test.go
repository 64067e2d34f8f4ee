package testset

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
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

// costTask records the costs of the updates.
type costTask struct {
	progress.Task
	costs *[][2]float64
}

func (c costTask) Begin(string, int, int) progress.Task { return c }
func (c costTask) Note(string)                          {}
func (c costTask) Update(s progress.Status) {
	*c.costs = append(*c.costs, [2]float64{s.Cost, s.CostLeft})
}

// Each update of an evaluation divides the cost of what this process computes into what is done and what
// is left, also over the parts and in an evaluation that continues.
func TestCosts(t *testing.T) {
	c, set := classifier(t, data.SingleLabel), dataOf(t, data.SingleLabel)
	dir := filepath.Join(t.TempDir(), "evaluation")
	evaluate := func(stopAt int) (costs [][2]float64) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		record := costTask{progress.Nop.Begin("", 0, 0), &costs}
		_, err := Run(ctx, dir, c, set, Options{Data: "toy", partExamples: 1, Progress: stopCosts{record, stopAt, cancel}})
		if (err != nil) != (stopAt > 0) {
			t.Fatal(err)
		}
		return costs
	}
	stopped, continued := evaluate(2), evaluate(0)
	for _, costs := range [][][2]float64{stopped, continued} {
		for i, now := range costs {
			if all, want := now[0]+now[1], costs[0][0]+costs[0][1]; math.Abs(all-want) > 1e-6*want || i > 0 && now[0] <= costs[i-1][0] {
				t.Errorf("update %d has the costs %v after %v", i, now, costs[max(0, i-1)])
			}
		}
	}
	whole, rest := stopped[0][0]+stopped[0][1], continued[0][0]+continued[0][1]
	if rest <= 0 || rest >= whole || len(continued) < 2 || continued[len(continued)-1][1] != 0 {
		t.Errorf("the costs are %v, and of the continued evaluation %v", stopped, continued)
	}
}

// stopCosts ends a context at the n-th update; 0: never.
type stopCosts struct {
	costTask
	n    int
	stop func()
}

func (s stopCosts) Begin(string, int, int) progress.Task { return s }

func (s stopCosts) Update(status progress.Status) {
	if s.costTask.Update(status); len(*s.costs) == s.n {
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
			for _, text := range []string{"{}", "null"} {
				if err := os.WriteFile(filepath.Join(dir, runfolder.EvaluationFile), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
				if _, err := Run(t.Context(), dir, c, set, Options{Classes: renamed[task]}); !errors.As(err, new(*runfolder.DamagedError)) {
					t.Errorf("evaluation.json with %s is no damaged file: %v", text, err)
				}
			}
		})
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
