package bert

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Embedding looks up the rows of the embedding in a scope: ids are integers [...], the result
// is [..., width], the rows of the scope's "weight" [rows, width]. The encoder calls it for
// words, positions and token types, so that a decorator applies to all of them. An Embedding of
// your own reads the variable with [parameter.Node], so that a compiled network follows its
// changes.
type Embedding func(scope *model.Scope, ids *graph.Node) *graph.Node

// Lookup is the Embedding without a decorator.
func Lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	return graph.Gather(value(scope, "weight", ids), graph.InsertAxes(ids, -1))
}
