package encoding

import (
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
)

// Rows are encoded examples in the order of the examples: a row for each, with Windows a row
// for each window of it.
type Rows struct {
	// Examples holds the example of each row.
	Examples []data.Example
	// IDs are the token ids of each row, without padding.
	IDs [][]int32
	// FirstLengths are the numbers of tokens of each row up to and with the first [SEP], for
	// pairs: these have the token type 0, the following ones 1. nil for single texts.
	FirstLengths []int32
	// First holds, for an Encoder of Words, the position of the first token of each word in each
	// row; -1 for a word that the row does not have. nil otherwise.
	First [][]int32
	// Cut counts what the rows leave out.
	Cut Cut

	count int    // number of examples
	long  []bool // of each example
	index []int  // index of the example of each row; nil if every example has one row
}

// Example returns the index of a row's example.
func (r *Rows) Example(row int) int {
	if r.index == nil {
		return row
	}
	return r.index[row]
}

// Long reports whether the example of that index has more tokens than the maximum length: some are
// not in its row, or it has several rows.
func (r *Rows) Long(example int) bool { return r.long[example] }

// counts adds the next example to Cut.
func (r *Rows) counts(tokens int, long, first, second bool, lost int) {
	r.Cut.add(tokens, long, first, second, lost)
	r.long = append(r.long, long)
}

// Windows returns the number of rows of each example; nil if every example has one.
func (r *Rows) Windows() []int {
	if r.index == nil {
		return nil
	}
	counts := make([]int, r.count)
	for _, example := range r.index {
		counts[example]++
	}
	return counts
}

// Concat returns the rows of several parts, one after the other. All parts are of one Encoder.
// Their example indices continue those of the part before.
func Concat(parts ...*Rows) *Rows {
	all := &Rows{}
	for _, r := range parts {
		for _, example := range r.index {
			all.index = append(all.index, all.count+example)
		}
		all.Examples = append(all.Examples, r.Examples...)
		all.IDs = append(all.IDs, r.IDs...)
		all.FirstLengths = append(all.FirstLengths, r.FirstLengths...)
		all.First = append(all.First, r.First...)
		all.long = append(all.long, r.long...)
		all.count += r.count
		all.Cut = all.Cut.Plus(r.Cut)
	}
	return all
}

// FirstLengthsTensor is the name of the extra input tensor of pairs: FirstLengths of the rows of
// a batch, int32 [rows], 0 for filler.
const FirstLengthsTensor = "first_lengths"

// TypesTensor is the name of the extra input tensor of pairs in batches with several examples in a row:
// the token types, int32 [rows, length].
const TypesTensor = "types"

// Extra returns the names of the extra inputs that a graph needs for the rows: none for single
// texts and for a nil Rows.
func (r *Rows) Extra() []string {
	if r == nil || r.FirstLengths == nil {
		return nil
	}
	return []string{FirstLengthsTensor}
}

// Tensors returns the extra input tensors of a batch of the rows, by the names of Extra; nil
// for none. Those of a batch with several examples in a row have the name TypesTensor instead.
func (r *Rows) Tensors(batch batching.Batch) map[string]*tensors.Tensor {
	if r == nil || r.FirstLengths == nil {
		return nil
	}
	if batch.Packed != nil {
		types := make([]int32, len(batch.IDs))
		for i, row := range batch.Index {
			first := batch.Start(i)
			for token := int(r.FirstLengths[row]); token < len(r.IDs[row]); token++ {
				types[first+token] = 1
			}
		}
		return map[string]*tensors.Tensor{TypesTensor: tensors.FromFlatDataAndDimensions(types, batch.Rows, batch.Length)}
	}
	lengths := make([]int32, batch.Rows)
	for i, row := range batch.Index {
		lengths[i] = r.FirstLengths[row]
	}
	return map[string]*tensors.Tensor{FirstLengthsTensor: tensors.FromFlatDataAndDimensions(lengths, batch.Rows)}
}

// Inputs returns the inputs of BERT's encoder in a graph, with token types if the graph's
// signature has FirstLengthsTensor or TypesTensor, and with several texts in a row if it has
// batching.PackedTensors.
func Inputs(in batching.Nodes) bert.Inputs {
	if texts := in.Extra[batching.TextsTensor]; texts != nil {
		return bert.PackedInputs(in.IDs, texts, in.Extra[batching.PositionsTensor], in.Extra[TypesTensor])
	}
	if first := in.Extra[FirstLengthsTensor]; first != nil {
		return bert.PairInputs(in.IDs, in.Lengths, first)
	}
	return bert.PaddedInputs(in.IDs, in.Lengths)
}
