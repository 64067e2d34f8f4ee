package lora

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
)

// TestEVAInBatches: how inputs are cut into batches does not matter, nor what padding
// holds.
func TestEVAInBatches(t *testing.T) {
	want := startsFile(t, "eva")
	x, mask := flat(want["x"]), flat(want["mask"])
	for i := range mask {
		if mask[i] == 0 {
			for j := range loratest.Width {
				x[i*loratest.Width+j] = float32(math.NaN())
			}
		}
	}
	rows := func(from, to int) (a, b *tensors.Tensor) {
		return floats.Tensor(x[from*5*loratest.Width:to*5*loratest.Width], shapes.Make(dtypes.Float32, to-from, 5, loratest.Width)), floats.Tensor(mask[from*5:to*5], shapes.Make(dtypes.Float32, to-from, 5))
	}
	var whole []float32
	for _, cuts := range [][]int{{0, 40}, {0, 1, 17, 30, 40}} {
		a, store, s, feed := gathering(t, Config{R: 2, TargetModules: []string{"query"}, LayersToTransform: []int{0}})
		for i := range len(cuts) - 1 {
			loratest.Must(t, feed(rows(cuts[i], cuts[i+1])))
		}
		loratest.Must(t, s.Inject())
		A, err := floats.Read(store.GetVariable(a.layout.Targets[0].PathA()))
		loratest.Must(t, err)
		if whole == nil {
			whole = A
			continue
		}
		loratest.Near(t, "A", A, whole, 1e-5)
	}
}

// TestEVAConfigHasDefaults, and New shares none of the caller's values.
func TestEVAConfigHasDefaults(t *testing.T) {
	no := false
	given := &EVAConfig{AdjustScalingFactors: &no}
	a, err := New(Config{Init: InitEVA, EVA: given})
	loratest.Must(t, err)
	no = true
	if got := a.Config().EVA; got.Rho != 2 || *got.AdjustScalingFactors || given.Rho != 0 {
		t.Errorf("%+v, given %+v", got, given)
	}
	if a, err = New(Config{Init: InitEVA}); err != nil || !*a.Config().EVA.AdjustScalingFactors {
		t.Errorf("%v: not adjusted by default", err)
	}
}
