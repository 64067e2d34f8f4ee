package bert

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
)

// TestActivations: the functions and their derivatives are those of transformers, on every engine
// (testdata/activations/make_activations.py).
func TestActivations(t *testing.T) {
	text, err := os.ReadFile("testdata/activations/activations.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		X         []float64
		Functions map[string]struct{ Values, Derivatives []float64 }
	}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	x := make([]float32, len(want.X))
	for i, v := range want.X {
		x[i] = float32(v)
	}
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range activationNames() {
		reference, ok := want.Functions[name]
		if !ok {
			t.Errorf("%s has no reference values: add it to make_activations.py", name)
			continue
		}
		for _, backend := range []compute.Backend{e.Backend, testenv.GoBackend(t)} {
			out, err := graph.CallOnceN(backend, func(x *graph.Node) []*graph.Node {
				y := activations[name](x)
				return []*graph.Node{y, graph.Gradient(graph.ReduceAllSum(y), x)[0]}
			}, x)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for k, values := range [][]float64{reference.Values, reference.Derivatives} {
				got := tensors.MustCopyFlatData[float32](out[k])
				for i, v := range values {
					if math.Abs(float64(got[i])-v) > 5e-6*max(1, math.Abs(v)) {
						t.Errorf("%s, %s of %v on %s: %v, expected %v", name, []string{"value", "derivative"}[k], want.X[i], backend.Name(), got[i], v)
					}
				}
			}
		}
	}
}
