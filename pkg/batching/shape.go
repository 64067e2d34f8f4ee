package batching

import (
	"fmt"
	"slices"
)

// MaxTokens is the maximum number of tokens in a batch of a training, rows times length: far more than a
// training can use, and few enough for the memory of any machine.
const MaxTokens = 1 << 24

// Shape is the shape of a batch.
type Shape struct {
	Rows   int `json:"rows"`
	Length int `json:"length"` // of each row, in tokens
}

// String returns "4x104" for 4 rows of 104 tokens.
func (s Shape) String() string { return fmt.Sprintf("%dx%d", s.Rows, s.Length) }

// Shape returns the shape of batch i, from 0 to Len-1, without making the batch.
func (s Sequence) Shape(i int) Shape {
	o, p := s.batcher.options, s.plan[i]
	switch {
	case p.rows == nil:
		length := o.Lengths[p.bucket]
		return Shape{Rows: o.rowsFor(length, len(p.index)), Length: length}
	case o.Packed > 0:
		return Shape{Rows: o.Tokens / o.Packed, Length: o.Packed}
	}
	return Shape{Rows: o.PackedShape.rowsFor(len(p.rows)), Length: o.PackedShape.Length}
}

// rowsFor returns the number of rows of a batch that needs the given number of them. A batch that needs more
// than the shape has gets 1, 2, 4 and so on more: XLA compiles a program for each number.
func (s Shape) rowsFor(needed int) int {
	rows := s.Rows
	for more := 1; rows < needed; more *= 2 {
		rows = s.Rows + more
	}
	return rows
}

// checkShape checks Options.PackedShape.
func (o Options) checkShape() error {
	fail := func(format string, args ...any) error {
		return &OptionsError{"PackedShape", o.PackedShape, fmt.Sprintf(format, args...)}
	}
	switch s := o.PackedShape; {
	case s == Shape{}:
		return nil
	case s.Rows < 1 || s.Length < 1:
		return fail("expected at least one row of one token")
	case o.Tokens > 0:
		return fail("Tokens is %d: expected 0, and Rows, the number of examples of a batch", o.Tokens)
	case o.Packed != 0:
		return fail("Packed is %d too: set one of the two", o.Packed)
	}
	return nil
}

const (
	// trialBatches is the number of batches by which PackedShape chooses: enough that one in a hundred
	// is more than one.
	trialBatches = 256
	// fitting is the share of the batches that fit into the shape.
	fitting = 0.99
)

// PackedShape returns the shape of the least cost for batches of Options.PackedShape, of rows that hold
// the longest example and have at most longest tokens, or those of the longest example if it has more,
// rounded up to a multiple of 8. 99 % of the batches, of the first epochs, fit. The cost is that of a batch
// of a shape: a function that grows with rows and length. Options.PackedShape of the batcher has no effect;
// without Options.Rows, the result is the zero Shape.
func (b *Batcher) PackedShape(longest int, cost func(Shape) float64) Shape {
	if b.options.Rows == 0 {
		return Shape{}
	}
	var trial [][]int
	for epoch := 0; len(trial) < trialBatches; epoch++ {
		trial = append(trial, b.stratified(b.shuffle(epoch))...)
	}
	trial = trial[:trialBatches]
	shortest := 0
	for _, example := range b.ids {
		shortest = max(shortest, len(example))
	}
	up := func(n int) int { return (n + lengthMultiple - 1) / lengthMultiple * lengthMultiple }
	var best Shape
	needed := make([]int, len(trial))
	for length := up(shortest); length <= up(max(shortest, longest)); length += lengthMultiple {
		for i, members := range trial {
			needed[i] = len(rowsOf(b.ids, members, length))
		}
		slices.Sort(needed)
		shape := Shape{Rows: needed[int(fitting*float64(len(needed)-1))], Length: length}
		if best == (Shape{}) || cost(shape) < cost(best) {
			best = shape
		}
	}
	return best
}
