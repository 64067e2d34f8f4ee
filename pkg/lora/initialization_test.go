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
