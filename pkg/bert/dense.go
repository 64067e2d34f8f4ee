package bert

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/pkg/parameter"
)

// Dense computes the projection x·Wᵀ+b in a scope: x is [..., in], the result [..., out], W
// is the scope's "weight" [out, in] and b its "bias" [out]. The encoder calls it for every
// projection, so that a decorator applies to all of them. A Dense of your own reads the
// variables with [parameter.Node], so that a compiled network follows their changes.
type Dense func(scope *model.Scope, x *graph.Node, out int) *graph.Node

// Linear is the Dense without a decorator.
func Linear(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	weight := value(scope, "weight", x)
	if weight.Shape().Dim(0) != out {
		exceptions.Panicf("bert: %s/weight is %s, expected %d outputs", scope.Scope(), weight.Shape(), out)
	}
	weight = graph.ConvertDType(weight, x.DType()) // see RoundProjections
	return nn.Dense(x, weight, value(scope, "bias", x), compute.DenseLayoutOutputsInput)
}

// variable returns the scope's variable and panics if it has not been loaded: creating it here
// would compute with random weights without an error.
func variable(scope *model.Scope, name string) *model.Variable {
	v := scope.GetVariable(name)
	if v == nil {
		exceptions.Panicf("bert: variable %s/%s has not been loaded", scope.Scope(), name)
	}
	return v
}

// value is the scope's variable in the graph of g.
func value(scope *model.Scope, name string, g graph.GraphProvider) *graph.Node {
	return parameter.Node(scope, variable(scope, name), g)
}

// layerNorm normalizes the last axis of x and applies the scope's weight and bias [hidden].
func layerNorm(scope *model.Scope, x *graph.Node, eps float64) *graph.Node {
	return nn.LayerNorm(x, []int{-1}, eps, value(scope, "weight", x), value(scope, "bias", x), nil)
}
