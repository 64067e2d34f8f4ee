package bert

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// TestMaskedLogitsAt: the scores at some positions are those of MaskedLogits there,
// also where one is asked for twice and where rows ask for different ones.
func TestMaskedLogitsAt(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	batch, m := readBatch(t, dir+"/inputs.safetensors"), loaded(t, dir, MaskedLM)
	positions := [][]int32{{0, 2, 1, 2}, {6, 0, 3, 5}, {19, 18, 0, 19}} // 3, 7 and 20 tokens
	out := run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		states := e.LastHiddenState(root, in)
		at := graph.Const(in.IDs.Graph(), positions)
		return []*graph.Node{e.MaskedLogits(root, in), e.MaskedLogitsAt(root, states, at), e.Pooled(root, in), e.Pool(root, states)}
	})
	all, some := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
	seq, vocab := out[0].Shape().Dim(1), out[0].Shape().Dim(2)
	if got := out[1].Shape().Dimensions; got[0] != 3 || got[1] != 4 || got[2] != vocab {
		t.Fatalf("the scores are %v", got)
	}
	for r, row := range positions {
		for k, at := range row {
			for id := range vocab {
				want, got := all[(r*seq+int(at))*vocab+id], some[(r*4+k)*vocab+id]
				if d := math.Abs(float64(want - got)); !(d <= 1e-5) {
					t.Fatalf("row %d, position %d, piece %d: %v, expected %v", r, at, id, got, want)
				}
			}
		}
	}
	pooled, pool := tensors.MustCopyFlatData[float32](out[2]), tensors.MustCopyFlatData[float32](out[3])
	for i := range pooled {
		if d := math.Abs(float64(pooled[i] - pool[i])); !(d <= 1e-6) {
			t.Fatalf("Pool gives %v, Pooled %v", pool[i], pooled[i])
		}
	}
}
