package lora

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/loratest"
)

// TestScaleAgainstPEFT sets, replaces and takes back a factor, as PEFT's helpers do.
func TestScaleAgainstPEFT(t *testing.T) {
	names := []string{"plain", "rslora-regexp", "patterns", "dora", "biases"}
	dir := t.TempDir()
	loratest.Python(t, append([]string{"rescale.py", dir, "0.4"}, names...)...)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want := loratest.Read(t, filepath.Join(dir, name+".safetensors"))
			a, store := opened(t, name)
			for _, c := range []struct {
				name  string
				scale float64
			}{{"rescaled", 0.4}, {"set", 0.8}, {"reset", 1}} {
				loratest.Must(t, a.SetScale(c.scale))
				goal := tensors.MustCopyFlatData[float32](want[c.name])
				loratest.Near(t, c.name, loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), goal, 1e-5)
				loratest.Must(t, a.Merge())
				loratest.Near(t, c.name+", merged", loratest.Outputs(t, store, loratest.Linear, loratest.Input(t)), goal, 1e-5)
				if err := a.SetScale(1); !errors.Is(err, ErrMerged) {
					t.Errorf("merged: %v", err)
				}
				loratest.Must(t, a.Unmerge())
			}
		})
	}
}

// TestScale: 0 leaves the base's outputs, a factor survives Load, and is not saved.
func TestScale(t *testing.T) {
	a, store := injected(t, Config{R: 2, TaskType: NoTask, ModulesToSave: []string{}})
	disturb(t, a, store)
	whole := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
	dir := filepath.Join(t.TempDir(), "adapter")
	loratest.Must(t, a.SetScale(0))
	loratest.Must(t, a.Save(dir))
	loratest.Must(t, a.Load(dir))
	loratest.Near(t, "without", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), loratest.Outputs(t, loratest.Store(t), loratest.Linear, loratest.Input(t)), 1e-6)
	fresh := loratest.Store(t)
	b, err := Open(dir, fresh, loratest.Modules())
	loratest.Must(t, err)
	loratest.Near(t, "opened anew", loratest.Outputs(t, fresh, b.Wrap(loratest.Linear), loratest.Input(t)), whole, 1e-6)

	var bad *ConfigError
	if err := a.SetScale(math.NaN()); !errors.As(err, &bad) {
		t.Errorf("NaN: %v", err)
	}
	none, err := New(Config{})
	loratest.Must(t, err)
	if err := none.SetScale(1); !errors.Is(err, ErrNotInjected) {
		t.Errorf("on no model: %v", err)
	}
}
