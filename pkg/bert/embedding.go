package bert

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Embedding looks rows up for the module whose scope it is given: ids are integers
// [...], the result is [..., width], the rows of the scope's "weight" [rows, width]. The
// encoder calls it for words, positions and token types, so a decorator of it sees them
// all.
type Embedding func(scope *model.Scope, ids *graph.Node) *graph.Node

// Lookup is the plain Embedding.
func Lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	weight := variable(scope, "weight").NodeValue(ids.Graph())
	return graph.Gather(weight, graph.InsertAxes(ids, -1))
}
