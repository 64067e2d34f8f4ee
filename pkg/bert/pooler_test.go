package bert

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
)

// TestPoolKeepsNaN: hidden states that are not numbers give a pooled output that is none, on every engine.
func TestPoolKeepsNaN(t *testing.T) {
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	for _, backend := range []compute.Backend{e.Backend, testenv.GoBackend(t)} {
		m := loaded(t, "testdata/encoder/tiny", Classification)
		states := make([]float32, 2*m.Config.HiddenSize)
		states[0] = float32(math.NaN()) // of the first row alone
		out, err := model.CallOnce(backend, m.Store, func(root *model.Scope, in []*graph.Node) *graph.Node {
			return m.Encoder().Pool(root, in[0])
		}, tensors.FromFlatDataAndDimensions(states, 2, 1, m.Config.HiddenSize))
		if err != nil {
			t.Fatal(err)
		}
		for i, v := range tensors.MustCopyFlatData[float32](out) {
			if first := i < m.Config.HiddenSize; math.IsNaN(float64(v)) != first {
				t.Fatalf("value %d of the pooled output is %v", i, v)
			}
		}
	}
}
