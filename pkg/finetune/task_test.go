package finetune

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// otherTasks are the tasks beside one class per text.
var otherTasks = []data.Task{data.MultiLabel, data.Regression}

// taskToy is an experiment of a task whose metrics improve within a second of training.
func taskToy(t *testing.T, task data.Task) Experiment {
	t.Helper()
	dir := t.TempDir()
	if err := toytest.TaskData(dir, task); err != nil {
		t.Fatal(err)
	}
	epochs := 3
	if task == data.MultiLabel {
		epochs = 12
	}
	return Experiment{
		Model: toytest.Model(t), Seed: 3, Task: task,
		Data:     splits.Config{Source: dir, Train: 96, Validation: 40, Test: 60, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
		Training: Training{Epochs: epochs, LearningRate: 0.02},
	}
}

// A run of each task learns, and every part of the folder states the task's own numbers.
func TestTasks(t *testing.T) {
	ctx := context.Background()
	for _, task := range otherTasks {
		t.Run(string(task), func(t *testing.T) {
			var evaluations []runfolder.HistoryLine
			e := taskToy(t, task)
			e.Training.Epochs = 30
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{OnHistory: func(l runfolder.HistoryLine) {
				if l.Kind == runfolder.EvalLine {
					evaluations = append(evaluations, l)
				}
			}})
			report, err := r.Report(ctx)
			if err != nil {
				t.Fatal(err)
			}
			wantWords := []string{"micro F1", "macro F1", "exact", "permutation test"}
			switch task {
			case data.MultiLabel:
				b, a := report.MultiLabel.Before, report.MultiLabel.After
				if report.Regression != nil || report.After != nil || a.MicroF1 < b.MicroF1+0.1 || a.Loss >= b.Loss || len(a.Classes) != 3 || report.Classes()[0] != "with k" {
					t.Errorf("before %+v, after %+v", b, a)
				}
			case data.Regression:
				wantWords = []string{"Pearson", "Spearman", "MAE", "permutation test"}
				b, a := report.Regression.Before, report.Regression.After
				if report.MultiLabel != nil || report.After != nil || *a.Pearson.Value < 0.5 || *a.MAE.Value >= *b.MAE.Value {
					t.Errorf("before %+v, after %+v", b, a)
				}
			}
			for _, word := range wantWords {
				if !strings.Contains(report.String(), word) {
					t.Errorf("the report does not say %q:\n%s", word, report)
				}
			}
			want := objective.Criteria(task)[1 : len(objective.Criteria(task))-1]
			for _, line := range evaluations {
				for _, by := range want {
					if _, ok := line.Metrics[string(by)]; !ok && line.Step > 10 || line.Accuracy != 0 {
						t.Errorf("the evaluation has no %q: %+v", by, line)
					}
				}
			}
			if len(evaluations) < 3 || report.Training.BestMetrics[string(want[0])] == 0 || report.Training.BestAccuracy != 0 {
				t.Errorf("%d evaluations, the best has %v", len(evaluations), report.Training.BestMetrics)
			}
			if problem, err := lora.ReadProblemType(r.Folder.Path(runfolder.AdapterDir)); err != nil || problem != string(task) {
				t.Errorf("labels.json: %q, %v", problem, err)
			}
			if _, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile); !errors.As(err, new(*runfolder.TaskError)) {
				t.Errorf("the predictions are read as those of another task: %v", err)
			}
			atWork(t, r)
		})
	}
}

// atWork compares the run folder, its adapter and the merged model in classify with the
// predictions of the report.
func atWork(t *testing.T, r *Run) {
	t.Helper()
	ctx, task := context.Background(), r.Experiment.Task
	examples, err := r.Examples(ctx)
	if err != nil {
		t.Fatal(err)
	}
	texts := data.Texts(examples.Test)
	merged := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, "", r.Folder.Dir(), merged, classify.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	if fields := readConfig(t, merged); fields["problem_type"] != string(task) || len(fields["id2label"].(map[string]any)) != len(examples.Labels) {
		t.Errorf("merged: problem_type %v, id2label %v", fields["problem_type"], fields["id2label"])
	}
	for name, dir := range map[string]string{"run": r.Folder.Dir(), "adapter": r.Folder.Path(runfolder.AdapterDir), "merged": merged} {
		c, err := classify.Open(ctx, "", dir, classify.Options{MaxLength: r.Experiment.Data.MaxLength})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer c.Close()
		if c.Task() != task {
			t.Errorf("%s: task %s", name, c.Task())
		}
		if task == data.Regression {
			want, err := r.Folder.ReadRegressionPredictions(runfolder.ReportPredictionsFile)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Score(ctx, texts)
			if err != nil {
				t.Fatal(err)
			}
			for i := range got {
				if math.Abs(got[i].Value-want.Answers[i]) > 1e-4 {
					t.Fatalf("%s: text %d has %v, the report %v", name, i, got[i].Value, want.Answers[i])
				}
			}
			if _, err := c.Classify(ctx, texts[:1]); !errors.As(err, new(*classify.TaskError)) || !strings.Contains(err.Error(), "Score") {
				t.Errorf("%s: Classify: %v", name, err)
			}
			continue
		}
		predictions, err := r.Folder.ReadMultiLabelPredictions(runfolder.ReportPredictionsFile)
		if err != nil {
			t.Fatal(err)
		}
		chosen, probabilities, err := predictions.Answers()
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Classify(ctx, texts)
		if err != nil {
			t.Fatal(err)
		}
		for i := range got {
			want := []string{}
			for _, class := range chosen[i] {
				want = append(want, predictions.Classes[class])
			}
			if !reflect.DeepEqual(got[i].Labels, want) || got[i].Label != "" {
				t.Fatalf("%s: text %d has %q, the report %q", name, i, got[i].Labels, want)
			}
			for class := range probabilities[i] {
				if math.Abs(got[i].Probabilities[class]-probabilities[i][class]) > 1e-4 {
					t.Fatalf("%s: text %d has %v, the report %v", name, i, got[i].Probabilities, probabilities[i])
				}
			}
		}
		if _, err := c.Score(ctx, texts[:1]); !errors.As(err, new(*classify.TaskError)) || !strings.Contains(err.Error(), "Classify") {
			t.Errorf("%s: Score: %v", name, err)
		}
		if _, err := c.Predict(ctx, examples.Test[:1], nil, ""); !errors.As(err, new(*classify.TaskError)) {
			t.Errorf("%s: Predict: %v", name, err)
		}
	}
}

// The option Threshold changes the classes of an answer, and fits only several labels.
func TestThresholdOfSeveralLabels(t *testing.T) {
	ctx := context.Background()
	r := openToy(t, filepath.Join(t.TempDir(), "run"), taskToy(t, data.MultiLabel), Options{})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	counts := map[float64]int{}
	for _, threshold := range []float64{0.01, 0.5, 0.99} {
		c, err := classify.Open(ctx, "", r.Folder.Dir(), classify.Options{Threshold: threshold})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		answers, err := c.Classify(ctx, []string{"k k k a", "a b c d", "m n m n"})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			counts[threshold] += len(a.Labels)
			for i, p := range a.Probabilities {
				if has := strings.Contains(strings.Join(a.Labels, ","), []string{"with k", "with m", "with n"}[i]); has != (p >= threshold) {
					t.Errorf("threshold %v: probabilities %v, classes %q", threshold, a.Probabilities, a.Labels)
				}
			}
		}
	}
	if counts[0.01] != 9 || counts[0.99] >= counts[0.01] {
		t.Errorf("numbers of classes by threshold: %v", counts)
	}
	if _, err := classify.Open(ctx, "", r.Folder.Dir(), classify.Options{Threshold: 1}); err == nil || !strings.Contains(err.Error(), "Threshold is 1") {
		t.Errorf("threshold 1: %v", err)
	}
	if _, err := classify.Open(ctx, "", r.Folder.Dir(), classify.Options{Task: data.Regression}); err == nil || !strings.Contains(err.Error(), "Options.Task") {
		t.Errorf("another task: %v", err)
	}
	several, err := classify.OpenClassifiers(ctx, "", map[string]string{"a": r.Folder.Path(runfolder.AdapterDir)}, classify.ClassifiersOptions{Options: classify.Options{Threshold: 0.01}})
	if err != nil {
		t.Fatal(err)
	}
	defer several.Close()
	if answers, err := several.Classify(ctx, []string{"k k k a"}, []string{"a"}); err != nil || len(answers[0].Labels) != 3 {
		t.Errorf("among several adapters: %+v (%v)", answers, err)
	}
}

// A stopped and resumed training of each task equals an unbroken one, to the bit.
func TestTasksResume(t *testing.T) {
	for _, task := range otherTasks {
		t.Run(string(task), func(t *testing.T) {
			e := taskToy(t, task)
			e.Training.MetricForBestModel = objective.Criteria(task)[1]
			root := t.TempDir()
			whole := openToy(t, filepath.Join(root, "whole"), e, Options{})
			want, err := whole.Train(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			var done *Trained
			for stops := 0; done == nil; stops++ {
				ctx, cancel := context.WithCancel(context.Background())
				steps := 0
				r := openToy(t, filepath.Join(root, "broken"), e, Options{OnHistory: func(l runfolder.HistoryLine) {
					if steps++; l.Step >= 5*(stops+1) {
						cancel()
					}
				}})
				done, err = r.Train(ctx)
				cancel()
				if err != nil && !errors.Is(err, ErrStopped) {
					t.Fatal(err)
				}
			}
			toytest.SameTensors(t, "the adapter", toytest.TensorsOf(t, filepath.Join(root, "whole", runfolder.AdapterDir, lora.TensorsFile)),
				toytest.TensorsOf(t, filepath.Join(root, "broken", runfolder.AdapterDir, lora.TensorsFile)))
			if done.BestStep != want.BestStep || !reflect.DeepEqual(done.BestMetrics, want.BestMetrics) {
				t.Errorf("best step %d with %v, expected %d with %v", done.BestStep, done.BestMetrics, want.BestStep, want.BestMetrics)
			}
		})
	}
}

// An adapter as PEFT saves it records no task: one row is refused until the task is stated, and the
// base must not state another.
func TestUnrecordedRegression(t *testing.T) {
	ctx := context.Background()
	e := taskToy(t, data.Regression)
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	adapter := ofPEFT(t, r.Folder.Path(runfolder.AdapterDir))
	_, err := classify.Open(ctx, "", adapter, classify.Options{})
	if err == nil || !strings.Contains(err.Error(), "the task is unknown") || !strings.Contains(err.Error(), "classify.Options.Task") {
		t.Errorf("without the task: %v", err)
	}
	opened := func(model string, options classify.Options) []classify.Number {
		t.Helper()
		c, err := classify.Open(ctx, model, adapter, options)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		numbers, err := c.Score(ctx, []string{"k k a b", "a b"})
		if err != nil {
			t.Fatal(err)
		}
		return numbers
	}
	want := opened("", classify.Options{Task: data.Regression})
	base := copyOf(t, e.Model)
	setConfig(t, base, "problem_type", string(data.Regression))
	if got := opened(base, classify.Options{}); !reflect.DeepEqual(got, want) {
		t.Errorf("the base's task: %v, expected %v", got, want)
	}
	if _, err := classify.Open(ctx, base, adapter, classify.Options{Task: data.MultiLabel}); err == nil || !strings.Contains(err.Error(), "problem_type") {
		t.Errorf("a task that contradicts the base: %v", err)
	}
}

// copyOf copies the files of a folder to a new one.
func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Words attribute the change of one class's log-odds, or of the number.
func TestWordsOfTasks(t *testing.T) {
	ctx := context.Background()
	for task, class := range map[data.Task]string{data.MultiLabel: "with k", data.Regression: ""} {
		e := taskToy(t, task)
		e.Training.Epochs = 30
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		if _, err := r.Train(ctx); err != nil {
			t.Fatal(err)
		}
		c, err := classify.Open(ctx, "", r.Folder.Dir(), classify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		effects, err := c.Words(ctx, "a k b", class)
		if err != nil {
			t.Fatal(err)
		}
		if effects[1].Effect <= effects[0].Effect || effects[1].Effect <= effects[2].Effect || effects[1].Effect <= 0 {
			t.Errorf("%s: %v, expected the largest effect for k", task, effects)
		}
		if _, err := c.Words(ctx, "a", "with q"); err == nil {
			t.Errorf("%s: an unknown class has an effect", task)
		}
	}
}
