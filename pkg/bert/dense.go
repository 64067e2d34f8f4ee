package bert

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Dense computes x·Wᵀ+b for the module whose scope it is given: x is
// [..., in], the result [..., out], W is the scope's "weight" [out, in] and b its
// "bias" [out]. The encoder calls it for every projection, so a decorator of it
// sees them all.
type Dense func(scope *model.Scope, x *graph.Node, out int) *graph.Node

// Linear is the plain Dense.
func Linear(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	g := x.Graph()
	weight := variable(scope, "weight").NodeValue(g)
	if weight.Shape().Dim(0) != out {
		exceptions.Panicf("bert: %s/weight is %s, expected %d outputs", scope.Scope(), weight.Shape(), out)
	}
	weight = graph.ConvertDType(weight, x.DType()) // see RoundProjections
	return nn.Dense(x, weight, variable(scope, "bias").NodeValue(g), compute.DenseLayoutOutputsInput)
}

// variable returns the scope's variable, which must have been loaded: making it
// up here would compute with random weights and say nothing.
func variable(scope *model.Scope, name string) *model.Variable {
	v := scope.GetVariable(name)
	if v == nil {
		exceptions.Panicf("bert: variable %s/%s has not been loaded", scope.Scope(), name)
	}
	return v
}

// layerNorm normalises the last axis of x and applies the scope's weight and bias [hidden].
func layerNorm(scope *model.Scope, x *graph.Node, eps float64) *graph.Node {
	g := x.Graph()
	return nn.LayerNorm(x, []int{-1}, eps, variable(scope, "weight").NodeValue(g), variable(scope, "bias").NodeValue(g), nil)
}
