package bert_test

import (
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestRoundProjections: where products round their factors anyway, a model whose matrices
// are rounded beforehand gives the same logits and gradients to the bit.
func TestRoundProjections(t *testing.T) {
	e, err := engine.Open()
	if err != nil {
		t.Fatal(err)
	}
	backend := bfloat16.Products(e.Backend)
	answer := func(prepare func(m *bert.Model)) [][]float32 {
		m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
		if err != nil {
			t.Fatal(err)
		}
		prepare(m)
		ids := tensors.FromValue([][]int32{m.Tokenizer.Encode("A quiet film, and a very good one!", 0)})
		out, err := model.CallOnceN(backend, m.Store, func(root *model.Scope, ids *graph.Node) []*graph.Node {
			logits := m.Encoder().Logits(root, bert.Inputs{IDs: ids, Mask: graph.GreaterOrEqual(ids, graph.ZerosLike(ids))})
			words := m.Store.GetVariable("/bert/embeddings/word_embeddings/weight").NodeValue(ids.Graph())
			return append([]*graph.Node{logits}, graph.Gradient(graph.ReduceAllSum(graph.Mul(logits, logits)), words)...)
		}, ids)
		if err != nil {
			t.Fatal(err)
		}
		return [][]float32{tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])}
	}
	want := answer(func(*bert.Model) {})
	got := answer(func(m *bert.Model) {
		learns := m.Store.GetVariable("/classifier/weight").SetTrainable(true)
		if err := m.RoundProjections(); err != nil {
			t.Fatal(err)
		}
		rounded := 0
		for v := range m.Store.IterVariables() {
			if v.DType() == dtypes.BFloat16 {
				rounded++
			}
		}
		if expected := len(m.DenseModules()) - 1; rounded != expected || learns.DType() != dtypes.Float32 {
			t.Errorf("%d matrices are bfloat16, expected %d; the one that learns is %s", rounded, expected, learns.DType())
		}
		if err := m.Save(t.TempDir() + "/saved"); err == nil || !strings.Contains(err.Error(), "BFloat16, expected float32") {
			t.Errorf("a rounded model is saved: %v", err)
		}
	})
	for i, name := range []string{"logit", "gradient"} {
		zero := true
		for j := range want[i] {
			if got[i][j] != want[i][j] {
				t.Fatalf("%s %d is %g, expected %g", name, j, got[i][j], want[i][j])
			}
			zero = zero && want[i][j] == 0
		}
		if zero {
			t.Errorf("every %s is 0", name)
		}
	}
}
