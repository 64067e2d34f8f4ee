package bert

import (
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
)

// TestParis asks the real bert-base-cased for the capital of France.
func TestParis(t *testing.T) {
	m, err := open(testenv.Need(t, "LORABOOK_BERT"), MaskedLM)
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	ids := m.Tokenizer.Encode("The capital of France is [MASK].", 0)
	masked := -1
	for i, id := range ids {
		if id == m.Tokenizer.MASK() {
			masked = i
		}
	}
	exec, err := model.NewExec(e.Backend, m.Store, func(root *model.Scope, ids, lengths *graph.Node) *graph.Node {
		scores := m.Encoder().MaskedLogits(root, PaddedInputs(ids, lengths)) // [1, seq, vocab]
		return graph.ArgMax(scores, -1)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	best, err := exec.Call1(tensors.FromFlatDataAndDimensions(ids, 1, len(ids)), tensors.FromValue([]int32{int32(len(ids))}))
	if err != nil {
		t.Fatal(err)
	}
	answer := tensors.MustCopyFlatData[int32](best)[masked]
	if piece := m.Tokenizer.Tokens([]int32{answer})[0]; piece != "Paris" {
		t.Errorf("the capital of France is %q", piece)
	}
}
