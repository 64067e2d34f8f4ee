package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// setConfig changes a field of the model's config.json.
func setConfig(t *testing.T, dir, field string, value any) {
	t.Helper()
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	fields[field] = value
	if data, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// A base whose classifier is not a softmax classifier is refused wherever softmax would be
// computed, with the remedy.
func TestProblemType(t *testing.T) {
	ctx := context.Background()
	trained := toy(t)
	trained.Training.Epochs = 1
	run := openToy(t, filepath.Join(t.TempDir(), "run"), trained, Options{Backend: testenv.GoBackend(t)})
	if _, err := run.Train(ctx); err != nil {
		t.Fatal(err)
	}
	adapter := run.Folder.Path(runfolder.AdapterDir)
	for _, problem := range []string{bert.MultiLabel, bert.Regression, "ranking"} {
		base := toytest.Model(t)
		setConfig(t, base, "problem_type", problem)
		out := filepath.Join(t.TempDir(), "merged")
		for name, do := range map[string]func() error{
			"the model alone": func() error { _, err := classify.Open(ctx, base, "", classify.Options{}); return err },
			"an adapter of PEFT": func() error {
				_, err := classify.Open(ctx, base, ofPEFT(t, adapter), classify.Options{Labels: []string{"bad", "good"}})
				return err
			},
			"several adapters": func() error {
				_, err := classify.OpenClassifiers(ctx, base, map[string]string{"a": ofPEFT(t, adapter)}, classify.ClassifiersOptions{Options: classify.Options{Labels: []string{"bad", "good"}}})
				return err
			},
			"Merge": func() error { return classify.Merge(ctx, base, ofPEFT(t, adapter), out, []string{"bad", "good"}) },
			"an experiment": func() error {
				e := toy(t)
				e.Model = base
				_, err := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)}).Train(ctx)
				return err
			},
		} {
			err := do()
			var bad *bert.ConfigError
			if !errors.As(err, &bad) || bad.Field != "problem_type" {
				t.Errorf("%s, %s: got %v, expected a *bert.ConfigError of problem_type", problem, name, err)
				continue
			}
			for _, says := range []string{filepath.Join(base, "config.json"), problem, "fresh_head", bert.SingleLabel} {
				if !strings.Contains(err.Error(), says) {
					t.Errorf("%s, %s: the error does not say %q: %v", problem, name, says, err)
				}
			}
			if _, err := os.Stat(out); err == nil {
				t.Fatal("a folder remains")
			}
		}
	}
}

// ofPEFT copies an adapter's folder without this module's own files, as PEFT would have written
// it.
func ofPEFT(t *testing.T, adapter string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"adapter_config.json", "adapter_model.safetensors"} {
		data, err := os.ReadFile(filepath.Join(adapter, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
