package lora

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// WrapEmbedding decorates the function by which a model looks up embeddings. next gets the
// module's scope and ids [...] and returns rows [..., out] of its weight [in, out]. For the
// embeddings that the adapter targets, the result has s·B·A[:, ids] added, with A [r, in] and
// B [out, r], or DoRA's term. It is computed in float32 and rounded to next's type. For other
// embeddings it is next's. There is no dropout, as in PEFT. PyTorch does not train the padding
// id of an embedding; here it does not learn where the model masks padding, as BERT does.
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
		d := scaledProduct(rows, B, t.Scaling)                                    // [..., out]
		if t.DoRA {
			d = rescaled(t.magnitudeRatio(scope, A, B), graph.ConvertDType(y, dtypes.Float32), d)
		}
		return graph.Add(y, graph.ConvertDType(d, y.DType()))
	}
}

// transposed is the transpose of a matrix with that many rows.
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
