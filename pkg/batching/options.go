package batching

import (
	"fmt"
	"slices"
)

const defaultRows = 16

// Options are the settings of a [Batcher]. The zero value is ready to use.
//
// The batcher sorts the examples into buckets by the smallest of Lengths that is not below
// their number of tokens, and cuts batches from the longest bucket on. A batch has the length
// of its longest example, and all batches of a length have the same number of rows. Only the
// last batch, which is the shortest, can have too few examples: with Rows its other rows are
// filler, with Tokens its number of rows is that of its examples, rounded up to a multiple of
// 8. So there are at most as many shapes as lengths, and with Tokens one more.
type Options struct {
	// Lengths are the lengths of batches in tokens, in ascending order. Empty means multiples
	// of 32 up to 256 and multiples of 64 up to 512.
	Lengths []int
	// Rows is the number of rows of every batch. 0 means that Tokens decides, or else 16.
	Rows int
	// Tokens is the maximal number of tokens in a batch, padding included: the number of
	// rows is Tokens divided by the length. Set either Tokens or Rows.
	Tokens int
	// Packed is the length of rows that several examples of at most half of it share, one after
	// another (packing, with block-diagonal attention); every such batch has as many rows as
	// Tokens allows. Longer examples have rows of their own. 0 means that all have. It needs
	// Tokens, and examples without targets.
	Packed int
	// PackedShape is the shape of batches in which all examples share rows, for trainings: every batch
	// has Rows examples, with targets of any kind, and PackedShape.Rows rows of PackedShape.Length
	// tokens. Each batch has one example of each of Rows strata by length, so that all batches but a
	// last one with fewer examples have nearly the same number of tokens. A batch that does not fit has
	// more rows, by 1, 2, 4 and so on. The zero value means batches of similar length, in which each
	// example has a row. [Batcher.PackedShape] chooses one. It needs Rows, and excludes Packed.
	PackedShape Shape
	// Pad is the token id of padding. 0 is BERT's [PAD].
	Pad int32
	// Seed decides the order of the batches in each epoch.
	Seed int64
}

// OptionsError reports a setting of [Options] with a value that is not possible.
type OptionsError struct {
	Field  string // of Options
	Value  any
	Reason string
}

func (e *OptionsError) Error() string {
	return fmt.Sprintf("batching: %s %v: %s", e.Field, e.Value, e.Reason)
}

// normalized checks the options and sets the defaults.
func (o Options) normalized() (Options, error) {
	if len(o.Lengths) == 0 {
		o.Lengths = defaultLengths
	}
	if o.Lengths[0] < 1 {
		return o, &OptionsError{"Lengths", o.Lengths, "expected at least 1 token"}
	}
	for i, n := range o.Lengths[1:] {
		if n <= o.Lengths[i] {
			return o, &OptionsError{"Lengths", o.Lengths, "expected ascending order, each length once"}
		}
	}
	o.Lengths = slices.Clone(o.Lengths)
	switch {
	case o.Rows < 0:
		return o, &OptionsError{"Rows", o.Rows, "expected 0 or more"}
	case o.Tokens < 0:
		return o, &OptionsError{"Tokens", o.Tokens, "expected 0 or more"}
	case o.Rows > 0 && o.Tokens > 0:
		return o, &OptionsError{"Tokens", o.Tokens, fmt.Sprintf("Rows is set too, to %d: set one of the two, the other to 0", o.Rows)}
	case o.Rows == 0 && o.Tokens == 0:
		o.Rows = defaultRows
	}
	return o, nil
}

// rows returns the number of rows of a batch of the length, or 0 where Tokens does not suffice
// for one.
func (o Options) rows(length int) int {
	if o.Rows > 0 {
		return o.Rows
	}
	return o.Tokens / length
}

// rowMultiple divides the number of rows of a batch with too few examples for its Tokens. Filler
// rows up to Tokens would cost more time than compiling another shape, and so would a shape for
// each number of rows.
const rowMultiple = 8

// rowsFor returns the number of rows of a batch of the length with the number of examples.
func (o Options) rowsFor(length, examples int) int {
	rows := o.rows(length)
	if o.Tokens > 0 {
		rows = min(rows, (examples+rowMultiple-1)/rowMultiple*rowMultiple)
	}
	return rows
}
