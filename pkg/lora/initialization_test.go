package lora

import (
	"math"
	"testing"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// A fresh adapter changes nothing, with every initialization but the one that is said to.
func TestFreshChangesNothing(t *testing.T) {
	base := loratest.Outputs(t, loratest.Store(t), loratest.Linear, loratest.Input(t))
	names := []string{"pissa_niter_0", "pissa_niter_9"}
	for _, method := range initialization.All() {
		if !method.ChangesBase && !method.FromInputs {
			names = append(names, method.Name)
		}
	}
	if len(names) < 7 {
		t.Errorf("only %q leave the model as it is", names)
	}
	for _, init := range names {
		a, store := injected(t, Config{R: 4, Init: init, TargetModules: []string{"query", "dense"}})
		loratest.Near(t, init, loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), base, 1e-6)
	}
	for name, c := range computed {
		a, store := fresh(t, c, 7)
		loratest.Near(t, name, loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), base, 1e-6)
	}
	a, store := injected(t, Config{R: 4, Init: InitRandom})
	differ := false
	for i, v := range loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)) {
		differ = differ || math.Abs(float64(v-base[i])) > 1e-3
	}
	if !differ {
		t.Error("random matrices change nothing")
	}
}

// With every initialization, a trained adapter computes the same merged and unmerged, and what
// is saved computes the same on the base model. A new initialization needs no test of its
// own for that.
func TestEveryInitialization(t *testing.T) {
	names := []string{"pissa_niter_1"}
	for _, method := range initialization.All() {
		if !method.FromInputs {
			names = append(names, method.Name)
		}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			a, store := injected(t, Config{R: 2, Alpha: 3, Init: name, TargetModules: []string{"query", "dense"}, TaskType: NoTask, ModulesToSave: []string{}})
			disturb(t, a, store)
			want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
			loratest.Must(t, a.Merge())
			loratest.Near(t, "merged", loratest.Outputs(t, store, loratest.Linear, loratest.Input(t)), want, 1e-5)
			loratest.Must(t, a.Unmerge())
			dir := t.TempDir()
			loratest.Must(t, a.Save(dir))
			other := loratest.Store(t)
			opened, err := Open(dir, other, loratest.Modules())
			loratest.Must(t, err)
			loratest.Near(t, "opened", loratest.Outputs(t, other, opened.Wrap(loratest.Linear), loratest.Input(t)), want, 1e-5)
		})
	}
}
