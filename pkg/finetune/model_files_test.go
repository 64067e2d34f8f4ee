package finetune

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// richConfig adds fields to the model's config.json that this module does not know, and spellings
// that it does not write.
func richConfig(t *testing.T, dir string) {
	t.Helper()
	for field, value := range map[string]any{
		"_name_or_path": "acme/reviews", "pad_token_id": nil, "bos_token_id": 7, "problem_type": bert.SingleLabel,
		"custom": map[string]any{"rate": 1e-5, "html": "<b>&</b>"}, "task_specific_params": nil, "pooler_type": "first_token_transform",
	} {
		setConfig(t, dir, field, value)
	}
}

// TestNewModelsKeepConfig compares every field of the source's config.json with the results of
// Merge, Pretrain and bert.Convert. The listed fields differ because their meaning changes.
func TestNewModelsKeepConfig(t *testing.T) {
	ctx := context.Background()
	check := func(t *testing.T, source, written string, changed ...string) {
		t.Helper()
		before, after := readConfig(t, source), readConfig(t, written)
		for field, want := range before {
			if got, ok := after[field]; !ok || reflect.DeepEqual(got, want) == slices.Contains(changed, field) {
				t.Errorf("%s is %v, in the source %v", field, got, want)
			}
		}
	}
	for _, method := range []Method{LoRA, HeadOnly, Full} {
		t.Run("Merge "+method.String(), func(t *testing.T) {
			e := toy(t)
			if method != LoRA {
				e = toyOf(t, method)
			}
			richConfig(t, e.Model)
			e.Training.Epochs = 1
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
			if _, err := r.Train(ctx); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "merged")
			if err := classify.Merge(ctx, "", r.Folder.Path(), out, classify.MergeOptions{}); err != nil {
				t.Fatal(err)
			}
			check(t, e.Model, out, "architectures", "id2label", "label2id")
		})
	}
	t.Run("Pretrain", func(t *testing.T) {
		p := aPretraining(t)
		richConfig(t, p.Model)
		p.Stages = p.Stages[:1]
		dir := filepath.Join(t.TempDir(), "run")
		if _, err := pretrain.Run(ctx, dir, p, pretrain.Options{Backend: testenv.GoBackend(t)}); err != nil {
			t.Fatal(err)
		}
		check(t, p.Model, filepath.Join(dir, runfolder.ModelDir))
	})
	t.Run("Convert", func(t *testing.T) {
		source, out := copyModel(t), filepath.Join(t.TempDir(), "converted")
		richConfig(t, source)
		if err := bert.Convert(ctx, source, out, bert.ResolveOptions{}); err != nil {
			t.Fatal(err)
		}
		check(t, source, out)
	})
}

// The error names the file that names the missing model.
func TestBaseIsGone(t *testing.T) {
	ctx := context.Background()
	for _, method := range []Method{LoRA, HeadOnly} {
		t.Run(method.String(), func(t *testing.T) {
			e := toyOf(t, method)
			if method == LoRA {
				e = toy(t)
			}
			e.Training.Epochs = 1
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
			if _, err := r.Train(ctx); err != nil {
				t.Fatal(err)
			}
			moved := filepath.Join(t.TempDir(), "moved")
			if err := os.Rename(e.Model, moved); err != nil {
				t.Fatal(err)
			}
			learned, says := r.Folder.Path(runfolder.AdapterDir), "base_model_name_or_path"
			named := filepath.Join(learned, lora.ConfigFile)
			if method == HeadOnly {
				learned, says = r.Folder.Path(runfolder.HeadDir), "base_model in its metadata"
				named = filepath.Join(learned, runfolder.HeadFile)
			}
			for dir, words := range map[string][]string{learned: {named, says}, r.Folder.Path(): {r.Folder.Path(runfolder.ExperimentFile)}} {
				_, err := classify.Open(ctx, "", dir, classify.Options{})
				for _, text := range append(words, e.Model, "name the model explicitly") {
					if err == nil || !strings.Contains(err.Error(), text) {
						t.Errorf("the error does not say %q: %v", text, err)
					}
				}
				c, err := classify.Open(ctx, moved, dir, classify.Options{})
				if err != nil {
					t.Fatalf("with the model's new folder: %v", err)
				}
				c.Close()
			}
			if method == LoRA {
				_, err := classify.OpenClassifiers(ctx, "", map[string]string{"a": learned}, classify.ClassifiersOptions{})
				if err == nil || !strings.Contains(err.Error(), named) {
					t.Errorf("among several: %v", err)
				}
			}
			_, err := classify.Open(ctx, e.Model, learned, classify.Options{}) // the caller names the model
			if resolve := (*bert.ResolveError)(nil); !errors.As(err, &resolve) || strings.Contains(err.Error(), says) {
				t.Errorf("named by the caller: %v", err)
			}
		})
	}
}

// A Git LFS pointer in place of a file of a run or an adapter is reported as such.
func TestPointersOfTraining(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Training.Epochs = 1
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{r.Folder.Path(runfolder.AdapterDir, lora.ConfigFile), r.Folder.Path(runfolder.AdapterDir, lora.TensorsFile), r.Folder.Path(runfolder.AdapterDir, lora.LabelsFile), r.Folder.Path(runfolder.ExperimentFile), r.Folder.Path(runfolder.TrainingFile)} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			whole, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.WriteFile(file, whole, 0o644) }()
			if err := os.WriteFile(file, []byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err = classify.Open(ctx, "", r.Folder.Path(), classify.Options{})
			if pointer := (*lfs.PointerError)(nil); !errors.As(err, &pointer) && (err == nil || !strings.Contains(err.Error(), "Git LFS pointer")) || !strings.Contains(err.Error(), file) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSkippedNote: a run notes once which tensors of its model are unused.
func TestSkippedNote(t *testing.T) {
	e := toy(t)
	e.Model, e.FreshHead = copyModel(t), true
	var said notes
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), Progress: &said})
	if _, err := r.Baseline(context.Background()); err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range said.lines {
		if strings.Contains(line, "not used") {
			lines = append(lines, line)
		}
	}
	want := "tensors of the model that are not used: classifier.*, cls.predictions.*, cls.predictions.transform.LayerNorm.*, cls.predictions.transform.dense.*; newly initialized: classifier.*"
	if len(lines) != 1 || lines[0] != want {
		t.Errorf("the notes are %q, expected %q", lines, want)
	}
}
