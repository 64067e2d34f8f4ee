// Package parameter reads a model's variables in computation graphs as parameters, so that
// every run of a graph uses their present values. A program that builds projections or
// embeddings of its own reads variables with it:
//
//	func linear(scope *model.Scope, x *graph.Node, out int) *graph.Node {
//		weight := parameter.Node(scope, scope.GetVariable("weight"), x)
//		return nn.Dense(x, weight, nil, compute.DenseLayoutOutputsInput)
//	}
//
// GoMLX's Variable.NodeValue makes a constant of the value at the time of building the graph if
// the backend prefers constants, as the pure Go backend does since compute v0.1.13, and the
// graph is not marked as training. A compiled graph then ignores later changes of the variable
// without an error: a validation during training, an adapter that was activated, or a merged
// adapter would have no effect.
package parameter

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Node returns the value of the variable v, which belongs to the scope's store, in the graph of
// g: the value that v has when the graph runs, or the node of an earlier Variable.SetNodeValue in
// this graph.
//
// All reads of v in the graph must use Node, since the first read decides. It builds graphs, and
// panics as GoMLX does, for example for a nil v.
func Node(scope *model.Scope, v *model.Variable, g graph.GraphProvider) *graph.Node {
	store, in := scope.Store(), g.Graph()
	if !store.IsTraining(in) {
		// GoMLX makes no constants in a graph that is marked as training.
		store.SetTraining(in, true)
		defer store.SetTraining(in, false)
	}
	return v.NodeValue(in)
}
