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
	"github.com/gomlx/gomlx/support/exceptions"
)

// Node returns the value of the variable v, which belongs to the scope's store, in the graph of
// g: the value that v has when the graph runs, the node of an earlier Variable.SetNodeValue in
// this graph, or the node to which [Bind] has bound v.
//
// All reads of v in the graph must use Node, since the first read decides. It builds graphs, and
// panics as GoMLX does, for example for a nil v.
func Node(scope *model.Scope, v *model.Variable, g graph.GraphProvider) *graph.Node {
	store, in := scope.Store(), g.Graph()
	if node := bindings(in)[v]; node != nil {
		return node
	}
	if !store.IsTraining(in) {
		// GoMLX makes no constants in a graph that is marked as training.
		store.SetTraining(in, true)
		defer store.SetTraining(in, false)
	}
	return v.NodeValue(in)
}

// bindingsKey is the key of the bindings in the state of a graph.
type bindingsKey struct{}

// bindings returns the nodes of a graph that replace variables.
func bindings(g *graph.Graph) map[*model.Variable]*graph.Node {
	bound, _ := g.State(bindingsKey{}).(map[*model.Variable]*graph.Node)
	return bound
}

// Bind makes [Node] return node instead of the value of v in node's graph. A compiled graph with
// weights as inputs serves all modules of the same shape, such as the layers of an encoder.
//
// Code that reads v otherwise, with Variable.NodeValue, still gets its value. It builds graphs, and
// panics if the graph has read v already or if the shapes differ.
func Bind(v *model.Variable, node *graph.Node) {
	g := node.Graph()
	switch {
	case v.InUseByGraph(g):
		exceptions.Panicf("parameter: the graph has read the variable %s already: bind it before", v.Path())
	case !v.Shape().Equal(node.Shape()):
		exceptions.Panicf("parameter: the variable %s is %s, and the node %s: expected the same shape", v.Path(), v.Shape(), node.Shape())
	}
	bound := bindings(g)
	if bound == nil {
		bound = map[*model.Variable]*graph.Node{}
		g.AttachState(bindingsKey{}, bound)
	}
	bound[v] = node
}
