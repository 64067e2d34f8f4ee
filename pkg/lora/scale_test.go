package lora

import (
	"errors"
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// TestScaleAgainstPEFT sets, replaces and takes back a factor, as PEFT's helpers do.
func TestScaleAgainstPEFT(t *testing.T) {
	names := []string{"plain", "rslora-regexp", "patterns", "dora", "biases"}
	dir := t.TempDir()
	python(t, append([]string{"rescale.py", dir, "0.4"}, names...)...)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			want := read(t, filepath.Join(dir, name+".safetensors"))
			a, store := opened(t, name)
			for _, c := range []struct {
				name  string
				scale float64
			}{{"rescaled", 0.4}, {"set", 0.8}, {"reset", 1}} {
				must(t, a.SetScale(c.scale))
				goal := tensors.MustCopyFlatData[float32](want[c.name])
				near(t, c.name, outputs(t, store, a.Wrap(linear), input(t)), goal, 1e-5)
				must(t, a.Merge())
				near(t, c.name+", merged", outputs(t, store, linear, input(t)), goal, 1e-5)
				if err := a.SetScale(1); !errors.Is(err, ErrMerged) {
					t.Errorf("merged: %v", err)
				}
				must(t, a.Unmerge())
			}
		})
	}
}

// TestScale: 0 leaves the base's outputs, a factor survives Load, and is not saved.
func TestScale(t *testing.T) {
	a, store := injected(t, Config{R: 2, TaskType: NoTask, ModulesToSave: []string{}})
	disturb(t, a, store)
	whole := outputs(t, store, a.Wrap(linear), input(t))
	dir := filepath.Join(t.TempDir(), "adapter")
	must(t, a.SetScale(0))
	must(t, a.Save(dir))
	must(t, a.Load(dir))
	near(t, "without", outputs(t, store, a.Wrap(linear), input(t)), outputs(t, tinyStore(t), linear, input(t)), 1e-6)
	fresh := tinyStore(t)
	b, err := Open(dir, fresh, tinyModules())
	must(t, err)
	near(t, "opened anew", outputs(t, fresh, b.Wrap(linear), input(t)), whole, 1e-6)

	var bad *ConfigError
	if err := a.SetScale(math.NaN()); !errors.As(err, &bad) {
		t.Errorf("NaN: %v", err)
	}
	none, err := New(Config{})
	must(t, err)
	if err := none.SetScale(1); !errors.Is(err, ErrNotInjected) {
		t.Errorf("on no model: %v", err)
	}
}
