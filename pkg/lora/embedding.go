package lora

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// WrapEmbedding decorates the function by which a model looks embeddings up: next gets
// the module's scope and ids [...] and answers rows [..., out] of its weight [in, out].
// For the embeddings that the adapter targets the result adds s·B·A[:, ids], A [r, in]
// and B [out, r], or what DoRA makes of it, computed in float32 and rounded to next's
// type; for all others it is next's. There is no dropout here, as in PEFT. PyTorch keeps
// the padding id of an embedding from learning; here it does not learn where the model
// masks padding, as BERT does.
//
// It builds graphs, and panics as [Adapter.Wrap] does.
func (a *Adapter) WrapEmbedding(next func(scope *model.Scope, ids *graph.Node) *graph.Node) func(scope *model.Scope, ids *graph.Node) *graph.Node {
	return func(scope *model.Scope, ids *graph.Node) *graph.Node {
		if a.store == nil {
			panic(ErrNotInjected)
		}
		y := next(scope, ids)
		t, ok := a.targets[scope.Scope()]
		if !ok {
			return y
		}
		A, B := variable(scope, "lora_embedding_A", ids), variable(scope, "lora_embedding_B", ids)
		rows := graph.Gather(graph.Transpose(A, 0, 1), graph.InsertAxes(ids, -1)) // [..., r]
		d := up(rows, B, t.Scaling)
		if t.DoRA {
			d = magnified(t.magnification(scope, A, B), graph.ConvertDType(y, dtypes.Float32), d)
		}
		return graph.Add(y, graph.ConvertDType(d, y.DType()))
	}
}

// transposed is a matrix of so many rows, its rows made columns.
func transposed(matrix []float32, rows int) []float32 {
	columns := len(matrix) / rows
	values := make([]float32, len(matrix))
	for i := range rows {
		for j := range columns {
			values[j*rows+i] = matrix[i*columns+j]
		}
	}
	return values
}
