package batching

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"
)

// Names of the extra input tensors of batches with several examples in a row.
const (
	TextsTensor     = "texts"     // int32 [rows, length]: a number for the example of each token, -1 for padding
	PositionsTensor = "positions" // int32 [rows, length]: the position of each token in its example
	FirstsTensor    = "firsts"    // int32 [rows, RowExamples]: the place in the row of each example's first token, 0 for none
)

// ExamplesTensor is the name of a further extra input tensor of batches with Options.PackedShape, unless
// they have the targets TokenClasses: the index of each example in the values of FirstsTensor, int32
// [examples] in the order of Batch.Index and of the targets, -1 for filler.
const ExamplesTensor = "examples"

// PackedTensors are the extra input tensors of batches with several examples in a row.
var PackedTensors = []string{TextsTensor, PositionsTensor, FirstsTensor}

// RowExamples is the largest number of examples in a row.
const RowExamples = 16

// Packed describes the rows of a batch with several examples in each.
type Packed struct {
	// Texts and Positions are the values of the tensors of these names. [Rows*Length]
	Texts, Positions []int32
	// Firsts are the values of the tensor of this name. [Rows*RowExamples]
	Firsts []int32
	// Slots holds the index in Firsts of each example of Batch.Index.
	Slots []int
	// Examples is the number of examples, filler included, of a batch of Options.PackedShape:
	// Options.Rows. Otherwise 0.
	Examples int
}

// PackedLength returns length if rows of that length, in batches of the given number of tokens, with
// several examples of at most half of it, save at least the given number of tokens of padding beside
// rows of the given lengths with one example each, and otherwise 0, as without lengths or with fewer
// tokens than a row. See [Options].Packed.
func PackedLength(ids [][]int32, lengths []int, length, tokens, least int) int {
	if length < 1 || tokens < length || len(lengths) == 0 {
		return 0
	}
	var short []int
	padded := 0
	for i, example := range ids {
		if n := len(example); n > 0 && n <= length/2 {
			short = append(short, i)
			at, _ := slices.BinarySearch(lengths, n)
			padded += lengths[min(at, len(lengths)-1)]
		}
	}
	perBatch := tokens / length
	batches := (len(rowsOf(ids, short, length)) + perBatch - 1) / perBatch
	if padded-batches*perBatch*length < max(1, least) {
		return 0
	}
	return length
}

// rowsOf divides examples into rows with at most length tokens and RowExamples examples: each, from the
// longest on, joins the row in which it leaves the least room (best fit decreasing).
func rowsOf(ids [][]int32, examples []int, length int) [][]int {
	sorted := slices.SortedStableFunc(slices.Values(examples), func(a, b int) int { return cmp.Compare(len(ids[b]), len(ids[a])) })
	most := 0
	for _, example := range examples {
		most += len(ids[example])
	}
	length = min(length, most)
	var rows [][]int
	withRoom := make([][]int, length+1) // indices of rows by the number of tokens that they still take
	for _, example := range sorted {
		n := len(ids[example])
		room := n
		for room < length && len(withRoom[room]) == 0 {
			room++
		}
		row := len(rows)
		if last := len(withRoom[room]) - 1; last >= 0 {
			row = withRoom[room][last]
			withRoom[room] = withRoom[room][:last]
		} else {
			rows = append(rows, nil)
		}
		if rows[row] = append(rows[row], example); len(rows[row]) < RowExamples {
			withRoom[room-n] = append(withRoom[room-n], row)
		}
	}
	return rows
}

// checkPacked checks Options.Packed.
func (o Options) checkPacked(targets Targets) error {
	switch {
	case o.Packed < 0:
		return &OptionsError{"Packed", o.Packed, "expected 0 or more"}
	case o.Packed == 0:
		return nil
	case o.Packed > o.Tokens:
		return &OptionsError{"Packed", o.Packed, fmt.Sprintf("Tokens is %d, expected at least Packed, for one row", o.Tokens)}
	case targets != nil:
		return &OptionsError{"Packed", o.Packed, "the examples have labels: expected 0, or PackedShape, whose rows have labels"}
	}
	return nil
}

// packed plans the batches of the short examples, of which several share a row, and returns the other
// examples.
func (b *Batcher) packed(order []int) (plan []planned, others []int) {
	if b.options.Packed == 0 {
		return nil, order
	}
	var short []int
	for _, example := range order {
		if len(b.ids[example]) <= b.options.Packed/2 {
			short = append(short, example)
		} else {
			others = append(others, example)
		}
	}
	for rows := range slices.Chunk(rowsOf(b.ids, short, b.options.Packed), b.options.Tokens/b.options.Packed) {
		plan = append(plan, plannedRows(rows))
	}
	return plan, others
}

// pack fills a batch with the examples of each row, several in each.
func (b *Batcher) pack(batch *Batch, rows [][]int) {
	length, tokens := batch.Length, len(batch.IDs)
	packed := &Packed{
		Texts: slices.Repeat([]int32{-1}, tokens), Positions: make([]int32, tokens), Firsts: make([]int32, batch.Rows*RowExamples),
		Examples: b.options.Rows, // 0 with Options.Packed, which needs Tokens
	}
	for row, examples := range rows {
		for slot, example := range examples {
			first := batch.Lengths[row]
			packed.Firsts[row*RowExamples+slot] = first
			packed.Slots = append(packed.Slots, row*RowExamples+slot)
			for position, id := range b.ids[example] {
				at := row*length + int(first) + position
				batch.IDs[at], packed.Texts[at], packed.Positions[at] = id, int32(slot), int32(position)
			}
			batch.Lengths[row] += int32(len(b.ids[example]))
		}
	}
	batch.Packed = packed
}

// Apart returns the examples of batch i, from 0 to Len-1, in batches in which each has a row of its own.
func (s Sequence) Apart(i int) Sequence {
	apart := *s.batcher
	apart.options.Packed, apart.options.PackedShape = 0, Shape{}
	return apart.divide(s.plan[i].index)
}

// packedTensors returns the extra input tensors of several examples in a row; nil for one.
func (b Batch) packedTensors() map[string]*tensors.Tensor {
	p := b.Packed
	if p == nil {
		return nil
	}
	all := map[string]*tensors.Tensor{
		TextsTensor:     tensors.FromFlatDataAndDimensions(p.Texts, b.Rows, b.Length),
		PositionsTensor: tensors.FromFlatDataAndDimensions(p.Positions, b.Rows, b.Length),
		FirstsTensor:    tensors.FromFlatDataAndDimensions(p.Firsts, b.Rows, RowExamples),
	}
	if p.Examples > 0 && !b.PerToken {
		examples := slices.Repeat([]int32{-1}, p.Examples)
		for i, slot := range p.Slots {
			examples[i] = int32(slot)
		}
		all[ExamplesTensor] = tensors.FromFlatDataAndDimensions(examples, p.Examples)
	}
	return all
}

// Output returns the index of example i of Index among the outputs of a graph: of one for each row, or,
// with several examples in a row, of RowExamples for each row.
func (b Batch) Output(i int) int {
	if b.Packed == nil {
		return i
	}
	return b.Packed.Slots[i]
}

// Start returns the index in IDs of the first token of example i of Index.
func (b Batch) Start(i int) int {
	if b.Packed == nil {
		return i * b.Length
	}
	slot := b.Packed.Slots[i]
	return slot/RowExamples*b.Length + int(b.Packed.Firsts[slot])
}
