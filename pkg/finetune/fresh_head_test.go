package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// copyModel copies the tiny BERT with its classifier of three classes.
func copyModel(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"} {
		data, err := os.ReadFile(filepath.Join("../bert/testdata/encoder/tiny", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// The base has a classifier with other classes and another problem_type. Without the option it is
// refused, with the option named. With the option every method trains, and the result opens and
// merges without the base's head.
func TestFreshHeadExperiment(t *testing.T) {
	ctx := context.Background()
	base := copyModel(t)
	setConfig(t, base, "problem_type", bert.MultiLabel)
	for _, method := range []Method{LoRA, HeadOnly, Full} {
		t.Run(method.String(), func(t *testing.T) {
			e := toy(t)
			if method != LoRA {
				e = toyOf(t, method)
			}
			e.Model, e.Training.Epochs = base, 1
			dir := filepath.Join(t.TempDir(), "run")
			_, err := openToy(t, filepath.Join(t.TempDir(), "refused"), e, Options{Backend: testenv.GoBackend(t)}).Baseline(ctx)
			if bad := (*bert.TensorsError)(nil); !errors.As(err, &bad) || !strings.Contains(err.Error(), "fresh_head") || !strings.Contains(err.Error(), "classifier.weight: is [3 16], expected [2 16]") {
				t.Errorf("without the option: %v", err)
			}
			e.FreshHead = true
			r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
			if _, err := r.Train(ctx); err != nil {
				t.Fatal(err)
			}
			if text, err := os.ReadFile(r.Folder.Path(runfolder.ExperimentFile)); err != nil || !strings.Contains(string(text), `"fresh_head": true`) {
				t.Errorf("experiment.json has no fresh_head: %v", err)
			}
			c, err := classify.Open(ctx, "", dir, classify.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			want, err := c.Classify(ctx, classTexts)
			if err != nil {
				t.Fatal(err)
			}
			merged := filepath.Join(t.TempDir(), "merged")
			if err := classify.Merge(ctx, "", dir, merged, classify.MergeOptions{}); err != nil {
				t.Fatal(err)
			}
			opensTo(t, merged, "", want)
			if fields := readConfig(t, merged); fields["problem_type"] != nil {
				t.Errorf("merged: problem_type %v", fields["problem_type"])
			}
			if method != LoRA {
				return
			}
			adapter := r.Folder.Path(runfolder.AdapterDir)
			opensTo(t, base, adapter, want)
			several, err := classify.OpenClassifiers(ctx, base, map[string]string{"a": adapter, "run": dir}, classify.ClassifiersOptions{Spare: 1})
			if err != nil {
				t.Fatal(err)
			}
			defer several.Close()
			if err := several.Open(ctx, "later", dir); err != nil {
				t.Fatal(err)
			}
			for _, name := range []string{"a", "run", "later"} {
				got, err := several.Classify(ctx, classTexts, slices.Repeat([]string{name}, len(classTexts)))
				if err != nil {
					t.Fatal(err)
				}
				sameAnswers(t, "among several, "+name, got, want)
			}
			if _, err := several.Classify(ctx, classTexts[:1], []string{adapters.Base}); err == nil || !strings.Contains(err.Error(), "cannot answer") {
				t.Errorf("the base answers with an untrained classifier: %v", err)
			}
			if err := several.Open(ctx, "b", ofPEFT(t, adapter)); err == nil || !strings.Contains(err.Error(), "in Labels") {
				t.Errorf("a PEFT adapter on a multi-label base: %v", err)
			}
		})
	}
}

// readConfig reads the folder's config.json.
func readConfig(t *testing.T, dir string) (fields map[string]any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return fields
}

// opensTo requires these answers of the classifier of model and dir.
func opensTo(t *testing.T, model, dir string, want []classify.Answer) {
	t.Helper()
	c, err := classify.Open(context.Background(), model, dir, classify.Options{})
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	got, err := c.Classify(context.Background(), classTexts)
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, model+" "+dir, got, want)
}
