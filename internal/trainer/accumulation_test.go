package trainer

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/batching"
)

// Each of many steps with gradients that are summed over two batches equals a step of one batch
// with the examples of both, and the training learns.
func TestAccumulationLearns(t *testing.T) {
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	exact := Objective{Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
		x := in.IDs
		w := root.Store().GetVariable("/w").NodeValue(x.Graph())
		off := graph.Mul(graph.AddScalar(w, -3), x)
		return graph.ReduceAllSum(graph.Square(off)), graph.Scalar(x.Graph(), x.DType(), float64(x.Shape().Size()))
	}}
	batch := func(x ...float32) Batch {
		lengths := make([]int32, len(x))
		for i := range lengths {
			lengths[i] = 1
		}
		return Batch{Tensors: batching.Tensors{
			IDs: tensors.FromFlatDataAndDimensions(x, len(x)), Lengths: tensors.FromFlatDataAndDimensions(lengths, len(x)),
		}}
	}
	for name, backend := range map[string]compute.Backend{"go": testenv.GoBackend(t), "selected": e.Backend} {
		const steps = 12
		train := func(batches func(step int) []Batch) (weights, norms [steps]float64) {
			store := model.NewStore()
			w := store.VariableWithValue("/w", []float32{0}).SetTrainable(true)
			u, err := NewUpdater(backend, store, exact, Optimizer{LearningRate: 0.2, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MaxGradNorm: 5}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer u.Close()
			for step := range steps {
				update, err := u.Step(batches(step), 0.2)
				if err != nil {
					t.Fatal(err)
				}
				value, err := w.Value()
				if err != nil {
					t.Fatal(err)
				}
				weights[step], norms[step] = float64(tensors.MustCopyFlatData[float32](value)[0]), update.Norm
			}
			return weights, norms
		}
		a := func(step int) float32 { return float32(step%3) + 1 }
		whole, wholeNorms := train(func(step int) []Batch { return []Batch{batch(a(step), 2)} })
		parts, partsNorms := train(func(step int) []Batch { return []Batch{batch(a(step)), batch(2)} })
		for step := range steps {
			if math.Abs(whole[step]-parts[step]) > 1e-5 || math.Abs(wholeNorms[step]-partsNorms[step]) > 1e-4 {
				t.Errorf("%s, step %d: w is %v, norm %v with two batches, %v and %v with one", name, step+1, parts[step], partsNorms[step], whole[step], wholeNorms[step])
			}
		}
		if w := parts[steps-1]; w < 1.5 || w > 4 {
			t.Errorf("%s: w is %v after %d steps from 0 towards 3", name, w, steps)
		}
	}
}
