package batching

import (
	"slices"

	"github.com/lorabook/lorabook/internal/random"
)

// Batch is examples of similar length, padded to one shape.
type Batch struct {
	// Index tells which example each row is; rows from len(Index) on are
	// filler.
	Index []int
	// Rows and Length are the shape, one of few.
	Rows, Length int
	// IDs are token ids, row by row, padded. [Rows*Length]
	IDs []int32
	// Lengths are the rows' tokens before padding, 0 for filler. [Rows]
	Lengths []int32
	// Labels are the rows' labels, 0 for filler; nil where none are known. [Rows]
	Labels []int32
}

// Batcher holds examples that [NewBatcher] has sorted by length. It is safe
// for use by several goroutines.
type Batcher struct {
	options Options
	ids     [][]int32
	labels  []int
	bucket  []int // each example's place in options.Lengths
}

// Epoch gives all examples, each once, in an order that depends on the seed and
// on epoch only: examples change their company from epoch to epoch, and lengths
// alternate. The number of batches of each shape is the same in every epoch.
func (b *Batcher) Epoch(epoch int) Sequence {
	shuffle := random.Numbered(b.options.Seed, random.EpochOrder, epoch)
	batches := b.cut(shuffle.Perm(len(b.ids)))
	shuffle.Shuffle(len(batches.plan), func(i, j int) {
		batches.plan[i], batches.plan[j] = batches.plan[j], batches.plan[i]
	})
	return batches
}

// InOrder gives all examples, each once, from short to long batches: the way to evaluate.
func (b *Batcher) InOrder() Sequence {
	order := make([]int, len(b.ids))
	for i := range order {
		order[i] = i
	}
	batches := b.cut(order)
	slices.Reverse(batches.plan)
	return batches
}

// cut plans the batches of examples that come in the given order, from long to short: so
// only the last batch, which is the shortest, has rows to spare.
func (b *Batcher) cut(order []int) Sequence {
	members := make([][]int, len(b.options.Lengths))
	for _, example := range order {
		at := b.bucket[example]
		members[at] = append(members[at], example)
	}
	slices.Reverse(members)
	sorted, batches := slices.Concat(members...), Sequence{batcher: b}
	for len(sorted) > 0 {
		bucket := b.bucket[sorted[0]]
		part := sorted[:min(b.options.rows(b.options.Lengths[bucket]), len(sorted))]
		batches.plan = append(batches.plan, planned{bucket, part})
		sorted = sorted[len(part):]
	}
	return batches
}

// Sequence is a plan of batches; each is made when it is asked for.
type Sequence struct {
	batcher *Batcher
	plan    []planned
}

type planned struct {
	bucket int // its place in options.Lengths
	index  []int
}

// Len is the number of batches.
func (b Sequence) Len() int { return len(b.plan) }

// At makes batch i, from 0 to Len-1; as with a slice, another i panics. A run
// that was interrupted goes on at the i it had reached.
func (b Sequence) At(i int) Batch {
	p := b.plan[i]
	length := b.batcher.options.Lengths[p.bucket]
	rows := b.batcher.options.rowsFor(length, len(p.index))
	batch := Batch{Index: slices.Clone(p.index), Rows: rows, Length: length,
		IDs: make([]int32, rows*length), Lengths: make([]int32, rows)}
	if b.batcher.labels != nil {
		batch.Labels = make([]int32, rows)
	}
	if b.batcher.options.Pad != 0 {
		for at := range batch.IDs {
			batch.IDs[at] = b.batcher.options.Pad
		}
	}
	for row, example := range p.index {
		batch.Lengths[row] = int32(copy(batch.IDs[row*length:(row+1)*length], b.batcher.ids[example]))
		if batch.Labels != nil {
			batch.Labels[row] = int32(b.batcher.labels[example])
		}
	}
	return batch
}
