package bert_test

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestKept: the forward pass of a training keeps a layer's attention output and GELU's input and
// output in float32, and queries, keys and values in the type in which the engine multiplies them.
func TestKept(t *testing.T) {
	const rows, length = 3, 32
	const tokens = int64(rows * length)
	pure := testenv.GoBackend(t)
	for name, test := range map[string]struct {
		backend compute.Backend
		factor  int64 // bytes of a number of a query, key or value
	}{"float32": {pure, 4}, "bfloat16": {bfloat16.Products(pure), 2}} {
		t.Run(name, func(t *testing.T) {
			m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
			if err != nil {
				t.Fatal(err)
			}
			kept, c := int64(0), m.Config
			ids := tensors.FromFlatDataAndDimensions(make([]int32, rows*length), rows, length)
			_, err = model.CallOnce(test.backend, m.Store, func(root *model.Scope, ids *graph.Node) *graph.Node {
				g := ids.Graph()
				root.Store().SetTraining(g, true)
				states := m.Encoder().LastHiddenState(root, bert.Inputs{IDs: ids, Mask: graph.GreaterOrEqual(ids, graph.ZerosLike(ids))})
				for _, n := range g.Nodes() {
					if n.Type() == graph.NodeTypeOptimizationBarrier {
						if n.DType() != dtypes.Float32 && n.DType() != dtypes.BFloat16 {
							t.Errorf("%s is kept", n)
						}
						kept += n.Shape().ByteSize()
					}
				}
				return graph.ReduceAllSum(states)
			}, ids)
			if err != nil {
				t.Fatal(err)
			}
			hidden, wide := int64(c.HiddenSize), int64(c.IntermediateSize)
			if want := int64(c.NumHiddenLayers) * tokens * (3*hidden*test.factor + 4*(hidden+2*wide)); kept != want {
				t.Errorf("%d bytes kept, expected %d", kept, want)
			}
		})
	}
}
