package classify_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// editJSON changes fields of a JSON file; nil takes a field out.
func editJSON(t *testing.T, path string, changes map[string]any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for name, value := range changes {
		if fields[name] = value; value == nil {
			delete(fields, name)
		}
	}
	if text, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// ofPEFT saves an adapter without this module's file of labels.
func ofPEFT(t *testing.T, a adapter) string {
	t.Helper()
	dir := a.save(t, toytest.Model(t), filepath.Join(t.TempDir(), "adapter"), 1)
	if err := os.Remove(filepath.Join(dir, lora.LabelsFile)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// An adapter for a regression on a base of one class that states no problem_type is opened, merged and
// served with the option for the task.
func TestUnstatedRegression(t *testing.T) {
	ctx := context.Background()
	base := toytest.Classifier(t, data.Regression)
	editJSON(t, filepath.Join(base, "config.json"), map[string]any{"problem_type": nil})
	dir := ofPEFT(t, every["stars"])
	c, err := classify.Open(ctx, base, dir, classify.Options{Task: data.Regression})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	r := classify.Request{Text: "a b c", Adapter: "stars"}
	want := alone(t, c, r)
	for name, o := range map[string]classify.ServiceOptions{
		"of all": {Options: classify.Options{Task: data.Regression}},
		"of one": {AdapterOptions: map[string]classify.AdapterOptions{"stars": {Task: data.Regression}}},
	} {
		o.Model, o.Adapters = base, map[string]string{"stars": dir}
		s := newService(t, o)
		answers, err := s.Answer(ctx, []classify.Request{r})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := differ(answers[0].TaskAnswer, want); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		_, err = s.Answer(ctx, []classify.Request{{Text: "a", Adapter: adapters.Base}})
		if of := (*classify.BaseError)(nil); errors.As(err, &of) != (name == "of one") {
			t.Errorf("%s: the model without an adapter: %v", name, err)
		}
	}
	if _, err := classify.NewService(ctx, classify.ServiceOptions{Model: base, Adapters: map[string]string{"stars": dir}, Backend: toytest.Backend(t)}); err == nil || !strings.Contains(err.Error(), "the task is unknown") {
		t.Errorf("without a task: %v", err)
	}
	out := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, base, dir, out, classify.MergeOptions{}); err == nil || !strings.Contains(err.Error(), "MergeOptions.Task") {
		t.Errorf("merged without a task: %v", err)
	}
	if err := classify.Merge(ctx, base, dir, out, classify.MergeOptions{Task: data.Regression}); err != nil {
		t.Fatal(err)
	}
	merged, err := classify.Open(ctx, out, "", classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(merged.Close)
	if diff := differ(alone(t, merged, r), want); diff != "" {
		t.Errorf("merged: %s", diff)
	}
	if err := classify.Merge(ctx, base, dir, t.TempDir(), classify.MergeOptions{Task: "stars"}); err == nil || !strings.Contains(err.Error(), "Task") {
		t.Errorf("an unknown task: %v", err)
	}
}

// Merge gives its caller the warnings of the adapter.
func TestMergeWarns(t *testing.T) {
	base := toytest.Model(t)
	dir := every["mood"].save(t, base, filepath.Join(t.TempDir(), "adapter"), 1)
	editJSON(t, filepath.Join(dir, lora.ConfigFile), map[string]any{"fan_in_fan_out": true})
	var warnings []string
	o := classify.MergeOptions{Warn: func(warning string) { warnings = append(warnings, warning) }}
	if err := classify.Merge(context.Background(), base, dir, filepath.Join(t.TempDir(), "merged"), o); err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "fan_in_fan_out") {
		t.Errorf("warnings %q", warnings)
	}
}

// A trained base without names has transformers' names, also for adapters with classifiers of their own.
func TestUnnamedTrainedBase(t *testing.T) {
	ctx := context.Background()
	base := toytest.Classifier(t, data.SingleLabel)
	editJSON(t, filepath.Join(base, "config.json"), map[string]any{"id2label": nil, "label2id": nil})
	dir := ofPEFT(t, adapter{task: data.SingleLabel, labels: []string{"x", "y", "z"}, rank: 2})
	want := []string{"LABEL_0", "LABEL_1", "LABEL_2"}
	c, err := classify.Open(ctx, base, dir, classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if diff := cmp.Diff(want, c.Model().Config.Labels); diff != "" {
		t.Error(diff)
	}
	s := newService(t, classify.ServiceOptions{Model: base, Adapters: map[string]string{"a": dir}})
	if diff := cmp.Diff(want, s.Adapters()[0].Labels); diff != "" {
		t.Error(diff)
	}
	r := classify.Request{Text: "a b c", Adapter: "a"}
	answers, err := s.Answer(ctx, []classify.Request{r, {Text: "a b c", Adapter: adapters.Base}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := differ(answers[0].TaskAnswer, alone(t, c, r)); diff != "" {
		t.Error(diff)
	}
	two := ofPEFT(t, every["mood"])
	if _, err := classify.Open(ctx, base, two, classify.Options{}); err == nil || !strings.Contains(err.Error(), "has 2 classes, but the base") {
		t.Errorf("another number of classes: %v", err)
	}
	bare := toytest.Model(t)
	editJSON(t, filepath.Join(bare, "config.json"), map[string]any{"id2label": nil, "label2id": nil})
	if _, err := classify.Open(ctx, bare, two, classify.Options{}); err == nil || !strings.Contains(err.Error(), two+": the classifier has 2 classes, and neither the folder nor the base "+bare+" names them") {
		t.Errorf("a base without a classifier: %v", err)
	}
}

// What adapters that share one model cannot have is refused by the adapter's name, with what to do.
func TestUnsharedAdapters(t *testing.T) {
	ctx := context.Background()
	modelDir := toytest.Model(t)
	for name, c := range map[string]lora.Config{
		"adapts the embedding bert.embeddings.word_embeddings": {R: 2, TargetModules: []string{"query", "word_embeddings"}},
		"is SHiRA": {PeftType: lora.SHiRA, R: 2},
		"has its own bert.embeddings.word_embeddings.weight": {R: 2, ModulesToSave: []string{"word_embeddings"}},
		"LayerNorm.weight (modules_to_save)":                 {R: 2, ModulesToSave: []string{"LayerNorm"}},
		`LayerNorm.bias (bias "all")`:                        {R: 2, Bias: lora.BiasAll},
	} {
		m, err := bert.Open(ctx, modelDir, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}, FreshHead: true})
		if err != nil {
			t.Fatal(err)
		}
		l, err := lora.New(c)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Inject(m.Store, m.DenseModules(), 1, m.EmbeddingModules()...); err != nil {
			t.Fatal(err)
		}
		if err := l.SetLabels([]string{"bad", "good"}); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := l.Save(dir); err != nil {
			t.Fatal(err)
		}
		_, several := classify.OpenClassifiers(ctx, modelDir, map[string]string{"odd": dir}, classify.ClassifiersOptions{})
		_, atStart := classify.NewService(ctx, classify.ServiceOptions{Model: modelDir, Adapters: map[string]string{"odd": dir}, Backend: toytest.Backend(t)})
		later := newService(t, classify.ServiceOptions{Model: modelDir}).Load(ctx, "odd", dir, classify.AdapterOptions{})
		for how, err := range map[string]error{"several": several, "at the start": atStart, "later": later} {
			for _, want := range []string{`adapter "odd"`, name, "with Open", "Merge"} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s, %s: got %v, expected %q", name, how, err, want)
				}
			}
		}
		if c, err := classify.Open(ctx, modelDir, dir, classify.Options{}); err != nil {
			t.Errorf("%s, alone: %v", name, err)
		} else {
			c.Close()
		}
	}
}

// The error for a model without a pooler says why, and what to do.
func TestModelWithoutPooler(t *testing.T) {
	ctx := context.Background()
	words := toytest.Classifier(t, data.TokenClassification)
	bare := filepath.Join(t.TempDir(), "bare")
	if err := os.CopyFS(bare, os.DirFS(words)); err != nil {
		t.Fatal(err)
	}
	editJSON(t, filepath.Join(bare, "config.json"), map[string]any{"architectures": []string{"BertForMaskedLM"}, "id2label": nil, "label2id": nil})
	mood := every["mood"].save(t, toytest.Model(t), filepath.Join(t.TempDir(), "mood"), 1)
	noTask := ofPEFT(t, adapter{task: data.SingleLabel, labels: sortedNames(map[string]bool{"a": true, "b": true, "c": true, "d": true, "e": true}), rank: 2})
	editJSON(t, filepath.Join(noTask, lora.ConfigFile), map[string]any{"task_type": nil, "modules_to_save": []string{"classifier"}})
	for _, test := range []struct{ model, dir, want string }{
		{bare, mood, "initialize it at random"},
		{words, mood, "one of texts: name a model with a pooler"},
		{words, noTask, `set Task to "token_classification"`},
	} {
		_, one := classify.Open(ctx, test.model, test.dir, classify.Options{})
		_, several := classify.OpenClassifiers(ctx, test.model, map[string]string{"a": test.dir}, classify.ClassifiersOptions{Options: classify.Options{Labels: []string{"bad", "good"}}})
		if one == nil || !strings.Contains(one.Error(), test.want) || strings.Contains(one.Error(), "another model") {
			t.Errorf("Open: got %v, expected %q", one, test.want)
		}
		if test.dir == mood && (several == nil || !strings.Contains(several.Error(), test.want)) {
			t.Errorf("OpenClassifiers: got %v, expected %q", several, test.want)
		}
	}
}

// Two spellings of a folder are one model.
func TestSpellingsOfBase(t *testing.T) {
	modelDir := toytest.Model(t)
	dirs := map[string]string{}
	for name, base := range map[string]string{"one": modelDir, "two": modelDir + "/", "three": filepath.Dir(modelDir) + "/./" + filepath.Base(modelDir)} {
		a := every["mood"]
		a.base = base
		dirs[name] = a.save(t, modelDir, filepath.Join(t.TempDir(), name), 1)
	}
	s := newService(t, classify.ServiceOptions{Adapters: dirs})
	if got := len(s.Adapters()); got != 3 {
		t.Errorf("%d adapters", got)
	}
}

// A classifier of three axes is reported by its shape.
func TestClassifierOfThreeAxes(t *testing.T) {
	modelDir := toytest.Model(t)
	dir := every["mood"].save(t, modelDir, filepath.Join(t.TempDir(), "adapter"), 1)
	toytest.EditTensors(t, filepath.Join(dir, lora.TensorsFile), func(all []safetensors.Named, _ map[string]string) []safetensors.Named {
		for i, n := range all {
			if n.Name == "base_model.model.classifier.weight" {
				all[i].Shape = append([]int{1}, n.Shape...)
			}
		}
		return all
	})
	if _, err := classify.Open(context.Background(), modelDir, dir, classify.Options{}); err == nil || !strings.Contains(err.Error(), "classifier.weight: is [1 2 16]") {
		t.Errorf("got %v, expected the shape", err)
	}
}
