package lora

import (
	"fmt"
	"math"
	"testing"

	"github.com/lorabook/lorabook/internal/loratest"
)

func TestStarts(t *testing.T) {
	for init, want := range map[string]struct{ a, b float64 }{ // deviations
		"":             {1 / math.Sqrt(3*200), 0},
		InitKaiming:    {1 / math.Sqrt(3*200), 0},
		InitGaussian:   {1. / 8, 0},
		InitOrthogonal: {0.1 * math.Sqrt(0.5), 0.1 * math.Sqrt(0.5)},
		InitRandom:     {1 / math.Sqrt(3*200), 1 / math.Sqrt(3*8)},
	} {
		at := Target{Name: "encoder.query", In: 200, Out: 120, R: 8}
		A, B := start(init, 3, at)
		if len(A) != 8*200 || len(B) != 120*8 {
			t.Fatalf("%q: %d and %d values", init, len(A), len(B))
		}
		for i, m := range []struct {
			values []float32
			want   float64
		}{{A, want.a}, {B, want.b}} {
			mean, square := 0.0, 0.0
			for _, v := range m.values {
				mean += float64(v) / float64(len(m.values))
				square += float64(v) * float64(v) / float64(len(m.values))
			}
			if d := math.Sqrt(square); math.Abs(d-m.want) > 0.1*m.want || math.Abs(mean) > 5*m.want/math.Sqrt(float64(len(m.values))) {
				t.Errorf("%q: matrix %d has mean %.4f and deviation %.4f, expected 0 and %.4f", init, i, mean, d, m.want)
			}
		}
		if again, _ := start(init, 3, at); fmt.Sprint(again) != fmt.Sprint(A) {
			t.Errorf("%q: the same seed gave other values", init)
		}
		if other, _ := start(init, 4, at); fmt.Sprint(other) == fmt.Sprint(A) {
			t.Errorf("%q: another seed gave the same values", init)
		}
		at.Name = "encoder.value"
		if other, _ := start(init, 3, at); fmt.Sprint(other) == fmt.Sprint(A) {
			t.Errorf("%q: another module got the same values", init)
		}
	}
}

// TestFreshChangesNothing holds of every start but the one that does not promise it.
func TestFreshChangesNothing(t *testing.T) {
	base := loratest.Outputs(t, loratest.Store(t), loratest.Linear, loratest.Input(t))
	for _, init := range []string{InitKaiming, InitGaussian, InitOrthogonal, InitPiSSA, "pissa_niter_0", "pissa_niter_9", InitOLoRA} {
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
		t.Error("a random start changes nothing")
	}
}
