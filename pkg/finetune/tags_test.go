package finetune

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// tagToy is an experiment of token classification whose F1 improves within seconds.
func tagToy(t *testing.T) Experiment {
	t.Helper()
	dir := t.TempDir()
	if err := toytest.TagData(dir, 5, 160, 60, true); err != nil {
		t.Fatal(err)
	}
	return Experiment{
		Model: toytest.Model(t), Seed: 3, Task: data.TokenClassification,
		Data:     splits.Config{Source: dir, Train: 100, Validation: 30, Test: 50, MaxLength: 20, DropDuplicates: splits.DropNone},
		Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
		Training: Training{Epochs: 12, LearningRate: 0.02},
	}
}

// A run learns tags of words, and every part of the folder states its own numbers; the run, its
// adapter and the merged model find the same entities.
func TestTags(t *testing.T) {
	ctx := context.Background()
	var last runfolder.HistoryLine
	r := openToy(t, filepath.Join(t.TempDir(), "run"), tagToy(t), Options{OnHistory: func(l runfolder.HistoryLine) {
		if l.Kind == runfolder.EvalLine {
			last = l
		}
	}})
	report, err := r.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	b, a := report.Tags.Before, report.Tags.After
	t.Logf("F1 %.3f before, %.3f after", b.F1, a.F1)
	if a.F1 < b.F1+0.2 || a.Loss >= b.Loss || a.Strict == nil || report.After != nil || !slices.Equal(report.Classes(), []string{"LOC", "ORG", "PER"}) {
		t.Errorf("before %+v, after %+v", b, a)
	}
	for _, word := range []string{"entity F1", "macro F1", "accuracy", "permutation test", "most frequent tag of each word"} {
		if !strings.Contains(report.String(), word) {
			t.Errorf("the report does not say %q:\n%s", word, report)
		}
	}
	if last.Metrics["f1"] == 0 || report.Training.BestMetrics["macro_f1"] == 0 {
		t.Errorf("the evaluations have %v, the best %v", last.Metrics, report.Training.BestMetrics)
	}
	baseline, err := r.Baseline(ctx)
	if err != nil || baseline.Cheap.Tags.BagOfWords.F1 < 0.3 || baseline.Cheap.Tags.Constant.F1 != 0 || !strings.Contains(baseline.String(), "the scheme is IOB2") {
		t.Errorf("%v, %v", baseline, err)
	}
	if problem, err := lora.ReadProblemType(r.Folder.Path(runfolder.AdapterDir)); err != nil || problem != string(data.TokenClassification) {
		t.Errorf("labels.json: %q, %v", problem, err)
	}
	if _, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile); !errors.As(err, new(*runfolder.TaskError)) {
		t.Errorf("the predictions are read as those of another task: %v", err)
	}
	tagsAtWork(t, r)
}

// tagsAtWork compares the run folder, its adapter and the merged model with the report.
func tagsAtWork(t *testing.T, r *Run) {
	t.Helper()
	ctx := context.Background()
	examples, err := r.Examples(ctx)
	if err != nil {
		t.Fatal(err)
	}
	predictions, err := r.Folder.ReadTagPredictions(runfolder.ReportPredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	merged := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, "", r.Folder.Dir(), merged, classify.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	fields := readConfig(t, merged)
	if fields["problem_type"] != nil || !reflect.DeepEqual(fields["architectures"], []any{"BertForTokenClassification"}) || len(fields["id2label"].(map[string]any)) != len(examples.Labels) {
		t.Errorf("merged: %v", fields)
	}
	var sentences [][]string
	for _, e := range examples.Test {
		sentences = append(sentences, e.Words)
	}
	for name, dir := range map[string]string{"run": r.Folder.Dir(), "adapter": r.Folder.Path(runfolder.AdapterDir), "merged": merged} {
		c, err := classify.Open(ctx, "", dir, classify.Options{MaxLength: r.Experiment.Data.MaxLength})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		defer c.Close()
		got, err := c.Tag(ctx, sentences)
		if err != nil || c.Task() != data.TokenClassification {
			t.Fatalf("%s: %v, task %s", name, err, c.Task())
		}
		for i := range got {
			for word, w := range got[i].Words {
				if want := predictions.Classes[predictions.Answers[i][word]]; w.Tag != want || got[i].Text[w.Start:w.End] != sentences[i][word] {
					t.Fatalf("%s: sentence %d, word %d is %+v, the report has %s", name, i, word, w, want)
				}
			}
			for _, e := range got[i].Entities {
				if e.Text != strings.Join(sentences[i][e.FirstWord:e.EndWord], " ") || !(e.Probability > 0 && e.Probability <= 1) {
					t.Fatalf("%s: %+v", name, e)
				}
			}
		}
		for call, err := range map[string]error{
			"Classify": second(c.Classify(ctx, []string{"k"})), "Score": second(c.Score(ctx, []string{"k"})), "Words": second(c.Words(ctx, "k", "O")),
			"Predict": second(c.Predict(ctx, examples.Test[:1], nil, "")),
		} {
			if !errors.As(err, new(*classify.TaskError)) {
				t.Errorf("%s: %s: %v", name, call, err)
			}
		}
	}
	if _, err := classify.OpenClassifiers(ctx, "", map[string]string{"a": r.Folder.Path(runfolder.AdapterDir)}, classify.ClassifiersOptions{}); err == nil || !strings.Contains(err.Error(), "TOKEN_CLS") {
		t.Errorf("OpenClassifiers: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// A training that is stopped and resumed equals an uninterrupted one, to the bit.
func TestTagsResume(t *testing.T) {
	e := tagToy(t)
	e.Training.Epochs, e.Training.Accumulate = 2, 2
	whole := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	want, err := whole.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	stops := 0
	for {
		ctx, stop := context.WithCancel(context.Background())
		steps := 0
		r, err := Open(dir, e, Options{Backend: toytest.Backend(t), OnHistory: func(runfolder.HistoryLine) {
			if steps++; steps > 2*(stops+1) {
				stop()
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Train(ctx)
		stop()
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if errors.Is(err, ErrStopped) {
			if stops++; stops > 20 {
				t.Fatal("it never ends")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got.BestLoss != want.BestLoss || got.BestStep != want.BestStep || !reflect.DeepEqual(got.BestMetrics, want.BestMetrics) {
			t.Errorf("%+v, expected %+v", got, want)
		}
		break
	}
	if stops == 0 {
		t.Error("the training was not stopped")
	}
	const name = "adapter_model.safetensors"
	a, err := os.ReadFile(whole.Folder.Path(runfolder.AdapterDir, name))
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, runfolder.AdapterDir, name))
	if err != nil || !slices.Equal(a, b) {
		t.Errorf("%v: the adapters differ", err)
	}
}

// The methods without an adapter save a head or a model that tags words too.
func TestTagsOfOtherMethods(t *testing.T) {
	ctx := context.Background()
	for _, method := range []Method{HeadOnly, Full} {
		e := tagToy(t)
		e.Method, e.Adapter, e.Training.Epochs, e.Training.LearningRate = method, lora.Config{}, 1, 2e-3
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		if _, err := r.Report(ctx); err != nil {
			t.Fatal(err)
		}
		c, err := classify.Open(ctx, "", r.Folder.Dir(), classify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		got, err := c.TagTexts(ctx, []string{"k a (ma)."})
		if err != nil || len(got[0].Words) != 6 || got[0].Words[3].Word != "ma" {
			t.Errorf("%s: %+v, %v", method, got, err)
		}
	}
}

// Words beyond the maximum length are counted, and have the answer O.
func TestTagsCut(t *testing.T) {
	e := tagToy(t)
	e.Data.MaxLength, e.Training.Epochs = 6, 1
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	b, err := r.Baseline(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Folder.ReadTagPredictions(runfolder.BaselinePredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	unread := 0
	for i, read := range p.Read {
		for _, answer := range p.Answers[i][read:] {
			if p.Classes[answer] != "O" {
				t.Errorf("sentence %d: %v, read %d", i, p.Answers[i], read)
			}
			unread++
		}
	}
	if cut := b.Cut["test"]; unread == 0 || b.Tags.Unread != unread || cut.Words != unread || !strings.Contains(b.String(), "words are cut") {
		t.Errorf("%d words were not read, %+v, %+v:\n%s", unread, b.Tags, cut, b)
	}
	if math.IsNaN(b.Tags.Loss) || b.Tags.Loss <= 0 {
		t.Errorf("the loss is %v", b.Tags.Loss)
	}
}

// Settings without a meaning for tags are refused by their names.
func TestTagsRefuse(t *testing.T) {
	for field, change := range map[string]func(e *Experiment){
		"data.truncation":                func(e *Experiment) { e.Data.Truncation = encoding.Windows },
		"training.loss.class_weights":    func(e *Experiment) { e.Training.Loss.ClassWeights = objective.Balanced },
		"training.metric_for_best_model": func(e *Experiment) { e.Training.MetricForBestModel = objective.ByMicroF1 },
	} {
		e := Experiment{Task: data.TokenClassification}
		change(&e)
		e, err := e.WithDefaults()
		if err != nil {
			t.Fatal(err)
		}
		toytest.WantField(t, e.Validate(), field)
	}
	e, err := Experiment{Task: data.TokenClassification}.WithDefaults()
	if err != nil || e.Adapter.TaskType != "TOKEN_CLS" || !slices.Equal(e.Adapter.ModulesToSave, []string{"classifier", "score"}) || e.Validate() != nil {
		t.Errorf("%+v, %v, %v", e.Adapter, err, e.Validate())
	}
	_, err = Experiment{Task: data.TokenClassification, Adapter: lora.Config{TaskType: "SEQ_CLS"}}.WithDefaults()
	toytest.WantField(t, err, "adapter.task_type")
	_, err = Experiment{Adapter: lora.Config{TaskType: "TOKEN_CLS"}}.WithDefaults()
	toytest.WantField(t, err, "adapter.task_type")
}
