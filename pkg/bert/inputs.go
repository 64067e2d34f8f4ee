package bert

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Inputs are the token ids of a batch and what belongs to them.
type Inputs struct {
	IDs     *graph.Node // int32 [batch, seq]: token ids, padded
	Mask    *graph.Node // bool [batch, seq]: true where a token is real
	TypeIDs *graph.Node // int32 [batch, seq]: sentence A (0) or B (1); nil means all 0
}

// PaddedInputs are the inputs of single sentences padded at the end: ids is int32
// [batch, seq], lengths int32 [batch] the number of real tokens of each row.
func PaddedInputs(ids, lengths *graph.Node) Inputs {
	shape := shapes.Make(dtypes.Int32, ids.Shape().Dimensions...)
	position := graph.Iota(ids.Graph(), shape, 1)                                       // [batch, seq]
	length := graph.BroadcastToDims(graph.InsertAxes(lengths, -1), shape.Dimensions...) // [batch, seq]
	return Inputs{IDs: ids, Mask: graph.LessThan(position, length)}
}
