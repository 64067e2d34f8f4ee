package lora

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/dropout"
	"github.com/lorabook/lorabook/pkg/parameter"
)

// Wrap decorates the function by which a model builds its dense projections. next gets the
// module's scope, its input x [..., in] and the width of its output, and returns x·Wᵀ+b
// [..., out]. For the modules that the adapter targets, the result has s·B(A(dropout(x)))
// added, B with its bias if it has one, or DoRA's term. It is computed in the matrices' float32
// and rounded to next's type. For other modules it is next's. With SHiRA, Wrap computes the
// projection of a target itself, with the entries added to its weight, and does not call next.
//
// Dropout acts in training graphs only (model.Scope.IsTraining), and draws from the store's
// random state, which model.Store.SetRNGStateFromSeed sets.
//
// It builds graphs, and panics as GoMLX does when the adapter is on no model, or the store of
// the scope does not have its matrices.
func (a *Adapter) Wrap(next func(scope *model.Scope, x *graph.Node, out int) *graph.Node) func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	return func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
		if a.store == nil {
			panic(ErrNotInjected)
		}
		if s, ok := a.sparse[scope.Scope()]; ok {
			return s.project(scope, x)
		}
		y := next(scope, x, out)
		t, ok := a.targets[scope.Scope()]
		if !ok {
			return y
		}
		A, B := variable(scope, "lora_A/weight", x), variable(scope, "lora_B/weight", x)
		x = graph.ConvertDType(x, A.DType())
		x = dropout.Apply(scope, x, a.config.Dropout)
		z := nn.Dense(x, A, nil, compute.DenseLayoutOutputsInput) // [..., r]
		d := scaledProduct(z, B, t.Scaling)                       // [..., out]
		if t.Bias {
			bias := graph.MulScalar(variable(scope, "lora_B/bias", x), t.Scaling) // [out]
			d = graph.Add(d, graph.ExpandLeftToRank(bias, d.Rank()))
		}
		if t.DoRA {
			d = a.dora(scope, t, x, y, d, A, B)
		}
		return graph.Add(y, graph.ConvertDType(d, y.DType()))
	}
}

// scaledProduct is s·B·z for z [..., r] and B [out, r]. It multiplies by s first, since z is
// the narrowest tensor.
func scaledProduct(z, B *graph.Node, s float64) *graph.Node {
	return nn.Dense(graph.MulScalar(z, s), B, nil, compute.DenseLayoutOutputsInput) // [..., out]
}

// variable is the value of a variable of the adapter, such as lora_A/weight, in the scope.
func variable(scope *model.Scope, part string, g graph.GraphProvider) *graph.Node {
	path := scope.Scope() + "/" + part
	v := scope.Store().GetVariable(path)
	if v == nil {
		exceptions.Panicf("lora: the store has no variable %s: build the graph with the store the adapter was injected into, or a clone of it", path)
	}
	return parameter.Node(scope, v, g)
}

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
