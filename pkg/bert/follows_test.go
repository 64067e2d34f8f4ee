package bert_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
)

// A network that is compiled once follows every variable, with each head and with words as
// the decoder's weights.
func TestCompiledGraphFollowsVariables(t *testing.T) {
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	for name, backend := range map[string]compute.Backend{"go": testenv.GoBackend(t), "selected": e.Backend} {
		for head, outputs := range map[bert.Head]func(e *bert.Encoder, root *model.Scope, in bert.Inputs) *graph.Node{
			bert.Classification:      (*bert.Encoder).Logits,
			bert.TokenClassification: (*bert.Encoder).TokenLogits,
			bert.MaskedLM:            (*bert.Encoder).MaskedLogits,
		} {
			m, err := bert.Open(t.Context(), "testdata/encoder/tiny", bert.Options{Head: head, FreshHead: true})
			if err != nil {
				t.Fatal(err)
			}
			exec, err := model.NewExec(backend, m.Store, func(root *model.Scope, ids *graph.Node) *graph.Node {
				mask := graph.ConvertDType(graph.OnesLike(ids), dtypes.Bool)
				return outputs(m.Encoder(), root, bert.Inputs{IDs: ids, Mask: mask})
			})
			if err != nil {
				t.Fatal(err)
			}
			ids := tensors.FromValue([][]int32{{2, 5, 6, 3}, {2, 7, 8, 3}})
			n := testenv.Follows(t, m.Store, func() []float32 {
				y, err := exec.Call1(ids)
				if err != nil {
					t.Fatal(err)
				}
				return tensors.MustCopyFlatData[float32](y)
			}, func(v *model.Variable) bool {
				// The key's bias adds the same to all scores of a query.
				return strings.HasSuffix(v.Path(), "/key/bias") || head != bert.Classification && strings.Contains(v.Path(), "/pooler/")
			})
			if n < 20 {
				t.Errorf("%s, head %v: %d variables were changed, expected those of the whole network", name, head, n)
			}
			exec.Finalize()
		}
	}
}

// The last layer of a model whose first token alone is computed, from hidden states.
func TestCompiledLastLayerFollowsVariables(t *testing.T) {
	m, err := bert.Open(t.Context(), "testdata/encoder/tiny", bert.Options{Head: bert.Classification})
	if err != nil {
		t.Fatal(err)
	}
	layers := m.Config.NumHiddenLayers
	exec, err := model.NewExec(testenv.GoBackend(t), m.Store, func(root *model.Scope, states, mask *graph.Node) *graph.Node {
		return m.Encoder().LogitsFrom(root, states, graph.ConvertDType(mask, dtypes.Bool), layers-1)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	states := make([]float32, 2*3*m.Config.HiddenSize)
	for i := range states {
		states[i] = float32(i%7) / 7
	}
	in := tensors.FromFlatDataAndDimensions(states, 2, 3, m.Config.HiddenSize)
	mask := tensors.FromValue([][]int32{{1, 1, 1}, {1, 1, 0}})
	used := []string{"/classifier/", "/pooler/", "/layer/" + string(rune('0'+layers-1)) + "/"}
	testenv.Follows(t, m.Store, func() []float32 {
		y, err := exec.Call1(in, mask)
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](y)
	}, func(v *model.Variable) bool {
		in := func(part string) bool { return strings.Contains(v.Path(), part) }
		return !slices.ContainsFunc(used, in) || strings.HasSuffix(v.Path(), "/key/bias")
	})
}
