package bfloat16

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// TestFactor: an attention whose inputs are kept in bfloat16 has the same value and the same
// gradients, to the bit, as one whose inputs are kept in float32. The gradients are not rounded.
func TestFactor(t *testing.T) {
	const length, width = 24, 16
	for engine, rounding := range products(t) {
		t.Run(engine, func(t *testing.T) {
			if !Rounds(rounding) || Rounds(rounding.(*backend).Backend) {
				t.Error("Rounds does not tell the engines apart")
			}
			run := func(kept bool) [][]float32 {
				attention := func(inputs []*graph.Node) []*graph.Node {
					restores := make([]func(*graph.Node) *graph.Node, len(inputs))
					in := make([]*graph.Node, len(inputs))
					for i, x := range inputs {
						x = graph.Mul(x, x) // so that the gradients of the inputs go on
						restores[i] = func(x *graph.Node) *graph.Node { return x }
						if kept {
							x, restores[i] = Factor(x)
							if x.DType() != dtypes.BFloat16 {
								t.Errorf("input %d is kept in %s", i, x.DType())
							}
						}
						in[i] = restores[i](x.Checkpoint())
					}
					weights := graph.Softmax(graph.Einsum("bqd,bkd->bqk", in[0], in[1]), -1)
					out := graph.Einsum("bqk,bkd->bqd", weights, in[2]).StopCheckpoint()
					loss := graph.ReduceAllSum(graph.Mul(out, out))
					return append([]*graph.Node{out}, graph.Gradient(loss, inputs...)...)
				}
				var inputs []any
				for seed := range 3 {
					inputs = append(inputs, [][][]float32{randomMatrix(uint64(seed), length, width), randomMatrix(uint64(seed)+9, length, width)})
				}
				out, err := graph.CallOnceN(rounding, attention, inputs...)
				if err != nil {
					t.Fatal(err)
				}
				var values [][]float32
				for _, o := range out {
					values = append(values, tensors.MustCopyFlatData[float32](o))
				}
				return values
			}
			want, got := run(false), run(true)
			rounds := true
			for i, name := range []string{"output", "query", "key", "value"} {
				for j, x := range want[i] {
					if got[i][j] != x {
						t.Fatalf("%s %d is %v, expected %v", name, j, got[i][j], x)
					}
					rounds = rounds && float64(x) == rounded(x)
				}
			}
			if rounds {
				t.Error("all values are rounded to bfloat16, so that the test cannot tell")
			}
		})
	}
}
