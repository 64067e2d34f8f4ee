package bert

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Embedding looks up the rows of the embedding in a scope: ids are integers [...], the result
// is [..., width], the rows of the scope's "weight" [rows, width]. The encoder calls it for
// words, positions and token types, so that a decorator applies to all of them.
type Embedding func(scope *model.Scope, ids *graph.Node) *graph.Node

// Lookup is the Embedding without a decorator.
func Lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	weight := variable(scope, "weight").NodeValue(ids.Graph())
	return graph.Gather(weight, graph.InsertAxes(ids, -1))
}
