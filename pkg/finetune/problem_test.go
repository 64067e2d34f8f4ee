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
	"github.com/lorabook/lorabook/pkg/data"
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

// A base with another problem_type is refused by an experiment, by several adapters and by an
// option that contradicts it, with the remedy; an adapter of PEFT, which records no task, has that
// of its base.
func TestProblemType(t *testing.T) {
	ctx := context.Background()
	trained := toy(t)
	trained.Training.Epochs = 1
	run := openToy(t, filepath.Join(t.TempDir(), "run"), trained, Options{Backend: testenv.GoBackend(t)})
	if _, err := run.Train(ctx); err != nil {
		t.Fatal(err)
	}
	adapter := run.Folder.Path(runfolder.AdapterDir)
	labels := []string{"bad", "good"}
	for _, problem := range []string{bert.MultiLabel, bert.Regression, "ranking"} {
		base := toytest.Model(t)
		setConfig(t, base, "problem_type", problem)
		out := filepath.Join(t.TempDir(), "merged")
		refused := map[string]func() error{
			"several adapters": func() error {
				_, err := classify.OpenClassifiers(ctx, base, map[string]string{"a": ofPEFT(t, adapter)}, classify.ClassifiersOptions{Options: classify.Options{Labels: labels, Task: data.SingleLabel}})
				return err
			},
			"an adapter of PEFT with another task": func() error {
				_, err := classify.Open(ctx, base, ofPEFT(t, adapter), classify.Options{Labels: labels, Task: data.SingleLabel})
				return err
			},
			"the model alone with another task": func() error {
				_, err := classify.Open(ctx, base, "", classify.Options{Labels: labels, Task: data.SingleLabel})
				return err
			},
			"an experiment": func() error {
				e := toy(t)
				e.Model = base
				_, err := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)}).Train(ctx)
				return err
			},
		}
		if problem == "ranking" {
			refused["an adapter of PEFT"] = func() error {
				_, err := classify.Open(ctx, base, ofPEFT(t, adapter), classify.Options{Labels: labels})
				return err
			}
			refused["Merge"] = func() error {
				return classify.Merge(ctx, base, ofPEFT(t, adapter), out, classify.MergeOptions{Labels: labels})
			}
		}
		for name, do := range refused {
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
		// This module's adapter records its task, whatever the base states.
		if _, err := classify.Open(ctx, base, adapter, classify.Options{Task: data.MultiLabel}); err == nil || !strings.Contains(err.Error(), "Options.Task") {
			t.Errorf("%s: an adapter for one class per text opens for several labels: %v", problem, err)
		}
	}
	base := toytest.Model(t)
	setConfig(t, base, "problem_type", bert.MultiLabel)
	c, err := classify.Open(ctx, base, ofPEFT(t, adapter), classify.Options{Labels: labels})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers, err := c.Classify(ctx, []string{"a k b k"})
	if err != nil {
		t.Fatal(err)
	}
	if p := answers[0].Probabilities; c.Task() != data.MultiLabel || answers[0].Label != "" || p[0]+p[1] > 0.999 && p[0]+p[1] < 1.001 {
		t.Errorf("task %s, probabilities %v", c.Task(), p)
	}
	// The same from the option alone, if the base states no task.
	if c, err = classify.Open(ctx, "", ofPEFT(t, adapter), classify.Options{Labels: labels, Task: data.MultiLabel}); err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.Task() != data.MultiLabel {
		t.Errorf("task %s", c.Task())
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
