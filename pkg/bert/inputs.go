package bert

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
)

// Inputs holds the token ids of a batch, their mask, their token types and their positions.
type Inputs struct {
	IDs  *graph.Node // int32 [batch, seq]: token ids, padded
	Mask *graph.Node // bool [batch, seq]: false for padding; or [batch, seq, seq], where each token attends to itself: see PackedMask

	TypeIDs *graph.Node // int32 [batch, seq]: sentence A (0) or B (1); nil means all 0

	// PositionIDs are int32 [batch, seq], each below Config.MaxPositionEmbeddings; nil means 0 to seq-1
	// in every row. With several texts in a row, each text begins with 0.
	PositionIDs *graph.Node
}

// PaddedInputs returns the inputs for single texts with padding at the end: ids is int32
// [batch, seq], lengths int32 [batch] the number of tokens of each row without padding.
func PaddedInputs(ids, lengths *graph.Node) Inputs {
	return Inputs{IDs: ids, Mask: PaddingMask(lengths, ids.Shape().Dim(1))}
}

// PaddingMask returns the mask of rows with padding at the end, bool [batch, seq]: lengths, int32
// [batch], are the numbers of tokens of the rows without padding.
func PaddingMask(lengths *graph.Node, seq int) *graph.Node {
	shape := shapes.Make(dtypes.Int32, lengths.Shape().Dim(0), seq)
	position := graph.Iota(lengths.Graph(), shape, 1)                                   // [batch, seq]
	length := graph.BroadcastToDims(graph.InsertAxes(lengths, -1), shape.Dimensions...) // [batch, seq]
	return graph.LessThan(position, length)
}

// PairInputs returns the inputs for pairs of texts with padding at the end: firsts is int32
// [batch], the number of tokens of each row up to and with the first [SEP]. They have the token
// type 0, the tokens of the second text and the last [SEP] have 1, and padding has 0.
func PairInputs(ids, lengths, firsts *graph.Node) Inputs {
	in := PaddedInputs(ids, lengths)
	shape := shapes.Make(dtypes.Int32, ids.Shape().Dimensions...)
	position := graph.Iota(ids.Graph(), shape, 1)                                     // [batch, seq]
	first := graph.BroadcastToDims(graph.InsertAxes(firsts, -1), shape.Dimensions...) // [batch, seq]
	second := graph.LogicalAnd(graph.GreaterOrEqual(position, first), in.Mask)        // [batch, seq]
	in.TypeIDs = graph.ConvertDType(second, dtypes.Int32)
	return in
}

// PackedInputs returns the inputs for rows that contain several texts or pairs, one after another: ids,
// texts, positions and types are int32 [batch, seq]. texts is that of PackedMask, and positions and types
// are Inputs.PositionIDs and Inputs.TypeIDs; nil types mean single texts.
func PackedInputs(ids, texts, positions, types *graph.Node) Inputs {
	return Inputs{IDs: ids, Mask: PackedMask(texts), PositionIDs: positions, TypeIDs: types}
}

// PackedMask returns the mask of rows that contain several texts, bool [batch, seq, seq]: which tokens
// (last axis) each token attends to. texts, int32 [batch, seq], is a number for the text of each token;
// a token attends to those with the same number. Padding has a number that no text has, such as -1.
func PackedMask(texts *graph.Node) *graph.Node {
	batch, seq := texts.Shape().Dim(0), texts.Shape().Dim(1)
	query := graph.BroadcastToDims(graph.InsertAxes(texts, 2), batch, seq, seq)
	key := graph.BroadcastToDims(graph.InsertAxes(texts, 1), batch, seq, seq)
	return graph.Equal(query, key)
}
