package lora

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
)

// magnitudeName is DoRA's variable beside a module's weight: m [out].
const magnitudeName = "lora_magnitude_vector"

// dora is what DoRA (Liu et al. 2024, arXiv:2402.09353) adds to y = x·Wᵀ+b, as PEFT
// computes it: with c = m/‖W + s·B·A‖, row by row and the norm taken for a constant, it
// comes to (c-1)·x·Wᵀ + c·s·B(A(x)), x after dropout. lora is s·B(A(x)).
func (a *Adapter) dora(scope *model.Scope, t target, x, y, lora, A, B *graph.Node) *graph.Node {
	g := x.Graph()
	W := graph.ConvertDType(scope.GetVariable("weight").NodeValue(g), dtypes.Float32) // [out, in]
	whole := graph.Add(W, graph.MulScalar(graph.Einsum("or,ri->oi", B, A), t.scaling))
	norm := graph.StopGradient(graph.Sqrt(graph.ReduceSum(graph.Square(whole), -1))) // [out]
	c := graph.Div(scope.GetVariable(magnitudeName).NodeValue(g), norm)
	c = graph.ExpandLeftToRank(c, y.Rank())

	var base *graph.Node // x·Wᵀ
	if a.config.Dropout > 0 && scope.IsTraining(g) {
		base = nn.Dense(x, W, nil, compute.DenseLayoutOutputsInput)
	} else {
		base = graph.ConvertDType(y, dtypes.Float32)
		if bias := scope.GetVariable("bias"); bias != nil {
			b := graph.ConvertDType(bias.NodeValue(g), dtypes.Float32)
			base = graph.Sub(base, graph.ExpandLeftToRank(b, base.Rank()))
		}
	}
	return graph.Add(graph.Mul(graph.AddScalar(c, -1), base), graph.Mul(c, lora))
}

// whole computes W + s·B·A [out, in] of a target, row after row.
func (t target) whole(W, A, B []float32) []float64 {
	sum := make([]float64, len(W))
	for o := range t.out {
		row := sum[o*t.in : (o+1)*t.in]
		for k := range t.r {
			b := t.scaling * float64(B[o*t.r+k])
			for i, x := range A[k*t.in : (k+1)*t.in] {
				row[i] += b * float64(x)
			}
		}
		for i := range row {
			row[i] += float64(W[o*t.in+i])
		}
	}
	return sum
}

// norms are those of the rows of a target's matrix [out, in].
func (t target) norms(matrix []float64) []float64 {
	list := make([]float64, t.out)
	for o := range list {
		square := 0.0
		for _, v := range matrix[o*t.in : (o+1)*t.in] {
			square += v * v
		}
		list[o] = math.Sqrt(square)
	}
	return list
}

// magnitude is DoRA's m for fresh matrices beside W: with it nothing is changed but by B·A.
func (t target) magnitude(W, A, B []float32) ([]float32, error) {
	m := make([]float32, t.out)
	for o, norm := range t.norms(t.whole(W, A, B)) {
		if norm == 0 {
			return nil, fmt.Errorf("lora: module %s: row %d of its weight is zero, and has no direction for DoRA: leave use_dora out, or the module", t.name, o)
		}
		m[o] = float32(norm)
	}
	return m, nil
}
