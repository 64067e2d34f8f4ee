package batching

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// The defaults of Batching: few lengths, because an engine compiles once for each, near
// enough that a twentieth of IMDB is padding, and up to the 512 tokens of a BERT.
var defaultLengths = []int{32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512}

const defaultRows = 16

// LengthsUpTo returns the batch lengths of the zero [Batching] that are below
// longest, and longest itself: for a model that takes no longer input.
func LengthsUpTo(longest int) []int {
	n, _ := slices.BinarySearch(defaultLengths, longest)
	return append(slices.Clone(defaultLengths[:n]), longest)
}

// Options says how examples become batches. The zero value is ready to use.
//
// Examples are sorted by the smallest of Lengths that holds them, and batches are cut from
// the longest on: each has the length of its longest, and each length has one number of
// rows. Only the last batch, the shortest, can lack rows: with Rows they are empty, with
// Tokens it has as many as it needs, rounded up to a multiple of 8. So there are at most as
// many shapes as lengths, and with Tokens one more.
type Options struct {
	// Lengths are the batches' lengths in tokens, ascending. Empty: every 32 up to 256,
	// every 64 up to 512.
	Lengths []int
	// Rows is the number of rows of every batch. 0: by Tokens, or 16.
	Rows int
	// Tokens is the most that a batch holds, padding included: the number of
	// rows is Tokens divided by the length. Set it or Rows, not both.
	Tokens int
	// Pad is the id that fills rows up; 0 is BERT's [PAD].
	Pad int32
	// Seed decides the order of the epochs.
	Seed int64
}

// normalized checks the settings and fills in the defaults.
func (b Options) normalized() (Options, error) {
	if len(b.Lengths) == 0 {
		b.Lengths = defaultLengths
	}
	if b.Lengths[0] < 1 {
		return b, fmt.Errorf("batch length %d: want at least 1 token", b.Lengths[0])
	}
	for i, n := range b.Lengths[1:] {
		if n <= b.Lengths[i] {
			return b, fmt.Errorf("batch lengths %v: want them ascending, each once", b.Lengths)
		}
	}
	b.Lengths = slices.Clone(b.Lengths)
	if b.Rows < 0 || b.Tokens < 0 {
		return b, fmt.Errorf("batches of %d rows, %d tokens: want neither negative", b.Rows, b.Tokens)
	}
	if b.Rows > 0 && b.Tokens > 0 {
		return b, fmt.Errorf("batches of %d rows and of %d tokens: set one of the two, the other to 0", b.Rows, b.Tokens)
	}
	if b.Rows == 0 && b.Tokens == 0 {
		b.Rows = defaultRows
	}
	return b, nil
}

// rows is how many rows a batch of the length has, or 0 if the token budget does
// not allow one.
func (b Options) rows(length int) int {
	if b.Rows > 0 {
		return b.Rows
	}
	return b.Tokens / length
}

// fewRows divides the number of rows of a batch that has not what its tokens allow: filling
// it up to them would cost more than compiling another shape, and to have one for each
// number of rows, too.
const fewRows = 8

// rowsFor is how many rows a batch of the length has that holds so many examples.
func (b Options) rowsFor(length, examples int) int {
	rows := b.rows(length)
	if b.Tokens > 0 {
		rows = min(rows, (examples+fewRows-1)/fewRows*fewRows)
	}
	return rows
}

// NewBatcher prepares batches of the examples' token ids. labels has one label for
// each, or is nil where none are known. The ids are not copied: leave them alone.
//
// An example that is empty or longer than the longest length, and a token budget
// too small for a length that is needed, are errors: nothing is cut off silently.
func NewBatcher(ids [][]int32, labels []int, options Options) (*Batcher, error) {
	b, err := options.normalized()
	if err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errors.New("there are no examples to batch")
	}
	if labels != nil && len(labels) != len(ids) {
		return nil, fmt.Errorf("%d examples have %d labels: want one for each", len(ids), len(labels))
	}
	batcher := &Batcher{options: b, ids: ids, labels: labels, bucket: make([]int, len(ids))}
	for i, row := range ids {
		bucket, _ := slices.BinarySearch(b.Lengths, len(row))
		if len(row) == 0 {
			return nil, fmt.Errorf("example %d has no tokens", i)
		}
		if bucket == len(b.Lengths) {
			return nil, fmt.Errorf("example %d has %d tokens, the longest batches have %d: tokenize to at most %d, or add a length",
				i, len(row), b.Lengths[bucket-1], b.Lengths[bucket-1])
		}
		if b.rows(b.Lengths[bucket]) == 0 {
			return nil, fmt.Errorf("example %d has %d tokens and needs a batch of length %d, the budget is %d tokens a batch: want at least %d",
				i, len(row), b.Lengths[bucket], b.Tokens, b.Lengths[bucket])
		}
		if labels != nil && (labels[i] < 0 || labels[i] > math.MaxInt32) {
			return nil, fmt.Errorf("example %d has label %d: want 0 or more", i, labels[i])
		}
		batcher.bucket[i] = bucket
	}
	return batcher, nil
}
