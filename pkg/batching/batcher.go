package batching

import (
	"errors"
	"fmt"
	"slices"
)

// Batch holds examples of similar length, or with several in a row, padded to one shape.
type Batch struct {
	// Index holds the index of the example in each row. Rows from len(Index) on are filler. With
	// several examples in a row, see Packed.
	Index []int
	// Rows and Length are the shape.
	Rows, Length int
	// IDs are token ids, row by row, padded. [Rows*Length]
	IDs []int32
	// Lengths are the numbers of tokens before padding, 0 for filler. [Rows]
	Lengths []int32
	// Labels are the targets of [Classes], 0 for filler, [Rows], or of [TokenClasses], row by row
	// and -100 for filler, [Rows*Length]; nil without them. With several examples in a row, those of
	// Classes are in the order of Index, [Packed.Examples].
	Labels []int32
	// Values are the targets of [MultiHot], row by row, or of [Values], 0 for filler, and nil
	// without them. [Rows*Width] or [Rows]; with several examples in a row in the order of Index,
	// [Packed.Examples*Width] or [Packed.Examples].
	Values []float32
	// Width is the number of classes of MultiHot, otherwise 0.
	Width int

	// Packed describes rows with several examples; nil: each row has one. Lengths are then the
	// numbers of tokens of all examples of a row.
	Packed *Packed

	// PerToken states that Labels are those of TokenClasses.
	PerToken bool
}

// Batcher divides examples into batches. It is safe for concurrent use.
type Batcher struct {
	options Options
	ids     [][]int32
	targets Targets // nil for examples without targets
	bucket  []int   // index of each example's length in options.Lengths
}

// ExampleError reports an example that fits into no batch.
type ExampleError struct {
	Index  int
	Reason string
}

func (e *ExampleError) Error() string {
	return fmt.Sprintf("batching: example %d: %s", e.Index, e.Reason)
}

// NewBatcher prepares batches of examples, given as token ids. labels holds one class for each
// example, or is nil. It is [NewBatcherOf] with [Classes].
func NewBatcher(ids [][]int32, labels []int, options Options) (*Batcher, error) {
	if labels == nil {
		return NewBatcherOf(ids, nil, options)
	}
	return NewBatcherOf(ids, Classes(labels), options)
}

// NewBatcherOf prepares batches of examples, given as token ids, with targets of any kind; nil
// means none. The batcher does not copy ids and targets: do not change them.
//
// NewBatcherOf never truncates. An example without tokens, or with more than the longest of
// Lengths or than Tokens, is an [ExampleError], and so is a target that cannot be used, such
// as a negative label. An impossible setting is an [OptionsError].
func NewBatcherOf(ids [][]int32, targets Targets, options Options) (*Batcher, error) {
	options, err := options.normalized()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(options.checkShape(), options.checkPacked(targets)); err != nil {
		return nil, err
	}
	if len(ids) == 0 {
		return nil, errors.New("batching: there are no examples: expected at least one")
	}
	if targets != nil && targets.Len() != len(ids) {
		return nil, fmt.Errorf("batching: %d labels for %d examples: expected one for each", targets.Len(), len(ids))
	}
	b := &Batcher{options: options, ids: ids, targets: targets, bucket: make([]int, len(ids))}
	for i := range ids {
		if b.bucket[i], err = b.bucketOf(i); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// bucketOf checks an example and returns the index of its length in options.Lengths.
func (b *Batcher) bucketOf(example int) (int, error) {
	fail := func(format string, args ...any) (int, error) {
		return 0, &ExampleError{example, fmt.Sprintf(format, args...)}
	}
	tokens, lengths := len(b.ids[example]), b.options.Lengths
	bucket, _ := slices.BinarySearch(lengths, tokens)
	switch {
	case tokens == 0:
		return fail("it has no tokens")
	case bucket == len(lengths):
		longest := lengths[bucket-1]
		return fail("it has %d tokens, the longest batches have %d: truncate to %d when tokenizing, or add a length", tokens, longest, longest)
	case b.options.PackedShape != (Shape{}) && tokens > b.options.PackedShape.Length:
		return fail("it has %d tokens, the rows of PackedShape have %d", tokens, b.options.PackedShape.Length)
	case b.options.rows(lengths[bucket]) == 0:
		return fail("it has %d tokens and needs a batch of length %d, and Tokens is %d: expected at least %d",
			tokens, lengths[bucket], b.options.Tokens, lengths[bucket])
	}
	if b.targets != nil {
		if t, ok := b.targets.(TokenClasses); ok && len(t[example]) != tokens {
			return fail("%d labels of tokens for %d tokens: expected one for each", len(t[example]), tokens)
		}
		if reason := b.targets.check(example); reason != "" {
			return fail("%s", reason)
		}
	}
	return bucket, nil
}

// Epoch returns batches that hold each example once, in an order that depends only on the seed
// and the epoch. The examples of a batch change from epoch to epoch, and short and long batches
// alternate. The number of batches of each shape is the same in every epoch.
//
// With Options.PackedShape, the examples are not grouped by length, since each batch has long and short
// ones: see there. The last batch is then the one with fewer examples, and the number of batches that
// need more rows can differ between epochs.
func (b *Batcher) Epoch(epoch int) Sequence {
	shuffle := b.shuffle(epoch)
	if b.options.PackedShape != (Shape{}) {
		return b.sharing(b.stratified(shuffle))
	}
	batches := b.divide(shuffle.Perm(len(b.ids)))
	shuffle.Shuffle(len(batches.plan), func(i, j int) {
		batches.plan[i], batches.plan[j] = batches.plan[j], batches.plan[i]
	})
	return batches
}

// InOrder returns batches that hold each example once, from short to long: for evaluation. With
// Options.PackedShape, they are in the order of the examples.
func (b *Batcher) InOrder() Sequence {
	order := make([]int, len(b.ids))
	for i := range order {
		order[i] = i
	}
	if b.options.PackedShape != (Shape{}) {
		return b.sharing(slices.Collect(slices.Chunk(order, b.options.Rows)))
	}
	batches := b.divide(order)
	slices.Reverse(batches.plan)
	return batches
}

// divide plans the batches of the examples in the given order, from long to short, so that only
// the last batch, which is the shortest, has filler rows.
func (b *Batcher) divide(order []int) Sequence {
	packed, order := b.packed(order)
	members := make([][]int, len(b.options.Lengths))
	for _, example := range order {
		bucket := b.bucket[example]
		members[bucket] = append(members[bucket], example)
	}
	slices.Reverse(members)
	sorted, batches := slices.Concat(members...), Sequence{batcher: b}
	for len(sorted) > 0 {
		bucket := b.bucket[sorted[0]]
		part := sorted[:min(b.options.rows(b.options.Lengths[bucket]), len(sorted))]
		batches.plan = append(batches.plan, planned{bucket: bucket, index: part})
		sorted = sorted[len(part):]
	}
	batches.plan = append(batches.plan, packed...)
	return batches
}

// Sequence is a sequence of batches. At makes each when it is called.
type Sequence struct {
	batcher *Batcher
	plan    []planned
}

type planned struct {
	bucket int     // index of the batch's length in options.Lengths
	index  []int   // examples
	rows   [][]int // examples of each row, if several share a row
}

// plannedRows plans a batch of rows that several examples share.
func plannedRows(rows [][]int) planned { return planned{rows: rows, index: slices.Concat(rows...)} }

// Select returns the sequence of the batches with the given numbers, in this order. A batch keeps its
// examples and its shape. Another number than 0 to Len-1 panics, as the index of a slice does.
func (s Sequence) Select(batches ...int) Sequence {
	out := Sequence{batcher: s.batcher}
	for _, i := range batches {
		out.plan = append(out.plan, s.plan[i])
	}
	return out
}

// Members returns the examples of batch i, from 0 to Len-1, without making the batch.
func (s Sequence) Members(i int) []int { return slices.Clone(s.plan[i].index) }

// Len returns the number of batches.
func (s Sequence) Len() int { return len(s.plan) }

// Examples returns the number of examples in all batches.
func (s Sequence) Examples() int {
	n := 0
	for _, p := range s.plan {
		n += len(p.index)
	}
	return n
}

// At returns batch i, from 0 to Len-1. Another i panics, as the index of a slice does. A resumed
// run continues at the i where it was interrupted.
func (s Sequence) At(i int) Batch {
	b, p, shape := s.batcher, s.plan[i], s.Shape(i)
	rows, length := shape.Rows, shape.Length
	batch := Batch{Index: slices.Clone(p.index), Rows: rows, Length: length,
		IDs: make([]int32, rows*length), Lengths: make([]int32, rows)}
	if b.options.Pad != 0 {
		for i := range batch.IDs {
			batch.IDs[i] = b.options.Pad
		}
	}
	if p.rows != nil {
		b.pack(&batch, p.rows)
	} else {
		for row, example := range p.index {
			batch.Lengths[row] = int32(copy(batch.IDs[row*length:(row+1)*length], b.ids[example]))
		}
	}
	if b.targets != nil {
		b.targets.set(&batch)
	}
	return batch
}
