package bert

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Every embedding that the model lists is looked up through the encoder's function,
// with token types given or not, and what that function does has its effect.
func TestEmbeddingSeesEveryLookup(t *testing.T) {
	m := loaded(t, "testdata/encoder/tiny", NoHead)
	want := []string{"bert/embeddings/word_embeddings", "bert/embeddings/position_embeddings", "bert/embeddings/token_type_embeddings"}
	if got := m.EmbeddingModules(); !slices.Equal(got, want) {
		t.Errorf("lists %v, expected %v", got, want)
	}
	for _, dense := range m.DenseModules() {
		if slices.Contains(want, dense) {
			t.Errorf("%s counts as a projection", dense)
		}
	}
	batch := readBatch(t, "testdata/encoder/tiny/inputs.safetensors")
	for _, typed := range []bool{true, false} {
		states := func(embedding Embedding) []float32 {
			out := run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
				e.Embedding = embedding
				if !typed {
					in.TypeIDs = nil
				}
				return []*graph.Node{e.LastHiddenState(root, in)}
			})
			return tensors.MustCopyFlatData[float32](out[0])
		}
		plain := states(nil)
		for _, module := range want {
			changed := states(func(scope *model.Scope, ids *graph.Node) *graph.Node {
				y := Lookup(scope, ids)
				if scope.Scope() == "/"+module {
					y = graph.Add(y, graph.Sin(graph.IotaFull(y.Graph(), y.Shape())))
				}
				return y
			})
			if slices.Equal(changed, plain) {
				t.Errorf("%s is not looked up through Embedding", module)
			}
		}
	}
}
