package lora

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"

	"github.com/lorabook/lorabook/pkg/parameter"
)

// magnitudeName is DoRA's variable beside a module's weight: m [out].
const magnitudeName = "lora_magnitude_vector"

// dora returns the term that DoRA (Liu et al. 2024, arXiv:2402.09353) adds to y = x·Wᵀ+b, as
// PEFT computes it: (c-1)·x·Wᵀ + c·s·B(A(x)) with c = m/‖W + s·B·A‖ and x after dropout. lora
// is s·B(A(x)).
func (a *Adapter) dora(scope *model.Scope, t Target, x, y, lora, A, B *graph.Node) *graph.Node {
	g := x.Graph()
	var base *graph.Node // x·Wᵀ
	if a.config.Dropout > 0 && scope.IsTraining(g) {
		W := graph.ConvertDType(variable(scope, "weight", g), dtypes.Float32) // [out, in]
		base = nn.Dense(x, W, nil, compute.DenseLayoutOutputsInput)
	} else {
		base = graph.ConvertDType(y, dtypes.Float32)
		if bias := scope.GetVariable("bias"); bias != nil {
			b := graph.ConvertDType(parameter.Node(scope, bias, g), dtypes.Float32)
			base = graph.Sub(base, graph.ExpandLeftToRank(b, base.Rank()))
		}
	}
	return rescaled(t.magnitudeRatio(scope, A, B), base, lora)
}

// magnitudeRatio is DoRA's c = m/‖W + s·B·A‖ [out] for each output. The norm counts as a
// constant in the gradient.
func (t Target) magnitudeRatio(scope *model.Scope, A, B *graph.Node) *graph.Node {
	W := graph.ConvertDType(variable(scope, "weight", A), dtypes.Float32) // [out, in]
	if t.embedding {
		W = graph.Transpose(W, 0, 1)
	}
	whole := graph.Add(W, graph.MulScalar(graph.Einsum("or,ri->oi", B, A), t.Scaling))
	norm := graph.StopGradient(graph.Sqrt(graph.ReduceSum(graph.Square(whole), -1))) // [out]
	return graph.Div(variable(scope, magnitudeName, A), norm)
}

// rescaled is (c-1)·base + c·lora for base and lora [..., out] and c [out].
func rescaled(c, base, lora *graph.Node) *graph.Node {
	c = graph.ExpandLeftToRank(c, base.Rank())
	return graph.Add(graph.Mul(graph.AddScalar(c, -1), base), graph.Mul(c, lora))
}

// Whole computes W + s·B·A in the shape of the weight W. W, A and B are row by row.
func (t Target) Whole(W, A, B []float32) []float64 {
	if t.embedding { // W + s·Aᵀ·Bᵀ
		A, B = transposed(B, t.Out), transposed(A, t.R)
	}
	sum := make([]float64, len(W))
	columns := t.columns()
	for o := range len(W) / columns {
		row := sum[o*columns : (o+1)*columns]
		for k := range t.R {
			b := t.Scaling * float64(B[o*t.R+k])
			for i, x := range A[k*columns : (k+1)*columns] {
				row[i] += b * float64(x)
			}
		}
		for i := range row {
			row[i] += float64(W[o*columns+i])
		}
	}
	return sum
}

// Norms are the norms of the weights of each output, [out], in a matrix of the shape of the
// target's weight.
func (t Target) Norms(matrix []float64) []float64 {
	list := make([]float64, t.Out)
	for i, v := range matrix {
		list[t.output(i)] += v * v
	}
	for o, square := range list {
		list[o] = math.Sqrt(square)
	}
	return list
}

// magnitude is the initial m of DoRA, ‖W + s·B·A‖ for each output.
func (t Target) magnitude(W, A, B []float32) ([]float32, error) {
	m := make([]float32, t.Out)
	for o, norm := range t.Norms(t.Whole(W, A, B)) {
		if norm == 0 {
			return nil, fmt.Errorf("lora: module %s: output %d has no weight other than zero, and so no direction for DoRA: leave use_dora out, or the module", t.Name, o)
		}
		m[o] = float32(norm)
	}
	return m, nil
}
