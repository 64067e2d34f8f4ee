package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Two commits of a model on the hub.
const (
	firstCommit  = "1111111111111111111111111111111111111111"
	secondCommit = "2222222222222222222222222222222222222222"
)

// cachedToy creates a hub cache with two commits of owner/toy, with different weights, and no
// network access. main is the first.
func cachedToy(t *testing.T) (name string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("HF_HOME", home)
	t.Setenv("HF_HUB_CACHE", filepath.Join(home, "hub"))
	t.Setenv("HF_HUB_OFFLINE", "1")
	repo := filepath.Join(home, "hub", "models--owner--toy")
	first := namedToy(t, false, "bad", "good")
	for commit, from := range map[string]string{firstCommit: first, secondCommit: turned(t, first)} {
		if err := os.CopyFS(filepath.Join(repo, "snapshots", commit), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(repo, "refs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(repo, "refs", "main"), []byte(firstCommit), 0o644); err != nil {
		t.Fatal(err)
	}
	return "owner/toy"
}

// turned returns a copy of a model with a negated pooler weight.
func turned(t *testing.T, dir string) string { return turnedOf(t, dir, "bert.pooler.dense.weight") }

// turnedWords returns a copy of a model with negated word embeddings.
func turnedWords(t *testing.T, dir string) string {
	return turnedOf(t, dir, "bert.embeddings.word_embeddings.weight")
}

func turnedOf(t *testing.T, dir, tensor string) string {
	t.Helper()
	m, err := bert.Open(context.Background(), dir, bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v := m.Variable(tensor)
	values := tensors.MustCopyFlatData[float32](v.MustValue())
	for i := range values {
		values[i] = -values[i]
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "turned")
	if err := m.Save(out); err != nil {
		t.Fatal(err)
	}
	return out
}

// reviewsOf returns texts as examples.
func reviewsOf(texts []string) []data.Example {
	list := make([]data.Example, len(texts))
	for i, text := range texts {
		list[i] = data.Example{Text: text}
	}
	return list
}

// setField changes a field of an adapter_config.json; nil removes it.
func setField(t *testing.T, dir, field string, value any) {
	t.Helper()
	path := filepath.Join(dir, lora.ConfigFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	if fields[field] = value; value == nil {
		delete(fields, field)
	}
	if text, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

func apart(a, b []classify.Answer) (most float64) {
	for i := range a {
		most = max(most, math.Abs(a[i].Probabilities[0]-b[i].Probabilities[0]))
	}
	return most
}

// TestRevision trains at a commit of a model on the hub. The adapter opens with that commit, as
// in PEFT, unless the caller names another revision.
func TestRevision(t *testing.T) {
	ctx := context.Background()
	for _, method := range []Method{LoRA, HeadOnly} {
		t.Run(method.String(), func(t *testing.T) {
			e := toyOf(t, method)
			e.Model, e.ModelRevision, e.Training.Epochs = cachedToy(t), secondCommit, 1
			dir := filepath.Join(t.TempDir(), "run")
			r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
			report, err := r.Report(ctx)
			if err != nil || report == nil {
				t.Fatal(err)
			}
			want := answersOf(t, "", dir, classify.Options{})
			folder := r.Folder.Path(runfolder.HeadDir)
			if method == LoRA {
				folder = r.Folder.Path(runfolder.AdapterDir)
				if c, err := lora.ReadConfig(folder); err != nil || c.BaseModel != e.Model || c.Revision != secondCommit {
					t.Fatalf("adapter_config.json names %q at %q (%v)", c.BaseModel, c.Revision, err)
				}
			}
			sameAnswers(t, "the folder alone", answersOf(t, "", folder, classify.Options{}), want)
			sameAnswers(t, "with the model's name", answersOf(t, e.Model, folder, classify.Options{}), want)
			if d := apart(answersOf(t, e.Model, folder, classify.Options{Revision: firstCommit}), want); d < 1e-3 {
				t.Errorf("the caller's revision has the same answers: %g", d)
			}
			out := filepath.Join(t.TempDir(), "merged")
			if err := classify.Merge(ctx, "", folder, out, classify.MergeOptions{}); err != nil {
				t.Fatal(err)
			}
			m, err := bert.Open(ctx, out, bert.Options{Head: bert.Classification})
			if err != nil {
				t.Fatal(err)
			}
			p, err := classify.NewPredictor(testenv.GoBackend(t), m, m.Encoder(), 20)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			merged, err := classify.New(m, p).Classify(ctx, classTexts)
			if err != nil {
				t.Fatal(err)
			}
			sameAnswers(t, "merged", merged, want)
			if method != LoRA {
				return
			}
			c, err := classify.OpenClassifiers(ctx, "", map[string]string{"one": folder}, classify.ClassifiersOptions{Options: classify.Options{MaxLength: 20}})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, err := c.Classify(ctx, classTexts, slices.Repeat([]string{"one"}, len(classTexts)))
			if err != nil {
				t.Fatal(err)
			}
			sameAnswers(t, "among classifiers", got, want)
			f := peftOpens(t, m.Tokenizer, [][3]string{{"AutoPeftModelForSequenceClassification", "", folder}})
			logits, err := f.Float32("0")
			if err != nil {
				t.Fatal(err)
			}
			for i, a := range want {
				if p := 1 / (1 + math.Exp(float64(logits[2*i+1]-logits[2*i]))); math.Abs(p-a.Probabilities[0]) > 1e-5 {
					t.Errorf("text %d: %g, in PEFT %g", i, a.Probabilities[0], p)
				}
			}
		})
	}
}

// A run at a commit of a model evaluates and trains the weights of that commit. Its report equals
// that of a run on a folder with these weights, and differs from that of a run on main.
func TestRevisionIsTrained(t *testing.T) {
	for _, method := range []Method{LoRA, HeadOnly, Full} {
		t.Run(method.String(), func(t *testing.T) {
			name := cachedToy(t)
			e := toyOf(t, method)
			e.Training.Epochs = 1
			reportOf := func(model, revision string) *Report {
				t.Helper()
				e.Model, e.ModelRevision = model, revision
				r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
				report, err := r.Report(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				return report
			}
			folder := filepath.Join(os.Getenv("HF_HUB_CACHE"), "models--owner--toy", "snapshots", secondCommit)
			got, want, main := reportOf(name, secondCommit), reportOf(folder, ""), reportOf(name, "")
			for what, losses := range map[string][3]float64{
				"before": {got.Before.Loss, want.Before.Loss, main.Before.Loss},
				"after":  {got.After.Loss, want.After.Loss, main.After.Loss},
			} {
				if math.Abs(losses[0]-losses[1]) > 1e-6 {
					t.Errorf("%s: loss %g, on a folder with the commit's weights %g, on main %g", what, losses[0], losses[1], losses[2])
				}
				if math.Abs(losses[1]-losses[2]) < 1e-3 {
					t.Errorf("%s: main has the loss of the commit, %g: the test could not fail", what, losses[1])
				}
			}
		})
	}
}

// A revision that cannot be used is an error with the remedy.
func TestRevisionRefused(t *testing.T) {
	ctx := context.Background()
	model := toytest.Model(t)
	dir := toyAdapters(t, model, map[string]lora.Config{"one": {R: 2}})["one"]
	labels := []string{"bad", "good"}
	setField(t, dir, "base_model_name_or_path", model)
	setField(t, dir, "revision", secondCommit)
	if _, err := classify.Open(ctx, "", dir, classify.Options{Labels: labels}); err == nil || !strings.Contains(err.Error(), "a folder and has no revisions") {
		t.Errorf("a folder was opened with a revision: %v", err)
	}
	answersOf(t, model, dir, classify.Options{Labels: labels}) // the caller names the model
	if _, err := classify.Open(ctx, model, dir, classify.Options{Labels: labels, Revision: "main"}); err == nil || !strings.Contains(err.Error(), "only models on the hub have revisions") {
		t.Errorf("a folder was opened with the caller's revision: %v", err)
	}
	setField(t, dir, "base_model_name_or_path", cachedToy(t))
	setField(t, dir, "revision", strings.Repeat("3", 40))
	if _, err := classify.Open(ctx, "", dir, classify.Options{Labels: labels}); err == nil || !strings.Contains(err.Error(), "3333") {
		t.Errorf("a missing commit was opened: %v", err)
	}
	e := toy(t)
	e.Adapter.Revision = "v1"
	if _, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: toytest.Backend(t)}); err == nil || !strings.Contains(err.Error(), "set model_revision") {
		t.Errorf("a revision of the adapter alone: %v", err)
	}
}

// An adapter of another task than classification does not answer, and a run does not train one that
// its own task does not name. An adapter for tokens tags words, and classifies no text.
func TestOtherTasks(t *testing.T) {
	ctx := context.Background()
	model, labels := toytest.Model(t), []string{"bad", "good"}
	for _, task := range []string{"TOKEN_CLS", "FEATURE_EXTRACTION", "QUESTION_ANS", "CAUSAL_LM", "SEQ_2_SEQ_LM"} {
		dir := toyAdapters(t, model, map[string]lora.Config{"one": {R: 2}})["one"]
		setField(t, dir, "task_type", task)
		says := func(what string, err error) {
			t.Helper()
			if err == nil || !strings.Contains(err.Error(), "task_type") || !strings.Contains(err.Error(), task) {
				t.Errorf("%s: %v", what, err)
			}
		}
		c, err := classify.Open(ctx, model, dir, classify.Options{Labels: labels})
		if task == "TOKEN_CLS" {
			if err != nil {
				t.Fatal(err)
			}
			var other *classify.TaskError
			if _, err := c.Classify(ctx, []string{"a text"}); !errors.As(err, &other) || other.Task != data.TokenClassification {
				t.Errorf("%s: Classify: %v", task, err)
			}
			c.Close()
		} else {
			says("OpenClassifier", err)
			says("Merge", classify.Merge(ctx, model, dir, filepath.Join(t.TempDir(), "merged"), classify.MergeOptions{Labels: labels}))
		}
		_, err = classify.OpenClassifiers(ctx, model, map[string]string{"one": dir}, classify.ClassifiersOptions{Options: classify.Options{Labels: labels}})
		says("OpenClassifiers", err)
		e := toy(t)
		e.Adapter.TaskType = task
		_, err = Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: toytest.Backend(t)})
		says("Open", err)
	}
	dir := toyAdapters(t, model, map[string]lora.Config{"one": {R: 2}})["one"]
	want := answersOf(t, model, dir, classify.Options{Labels: labels})
	setField(t, dir, "task_type", nil)
	setField(t, dir, "modules_to_save", []string{"classifier"})
	sameAnswers(t, "without a task", answersOf(t, model, dir, classify.Options{Labels: labels}), want)
}
