package feed

import (
	"context"
	"fmt"
	"maps"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/batching"
)

// inFlight is the number of independent batches that are computed at a time. One is computed while
// a new shape is compiled for the other on one core, and uses cores that the other's operations
// leave idle. A third batch takes memory and is not faster.
const inFlight = 2

// More returns a batch's extra tensors; nil means none.
type More func(batching.Batch) map[string]*tensors.Tensor

// Tensors returns the tensors of a batch of examples, including the extra ones.
func (m More) Tensors(b batching.Batch) batching.Tensors {
	t := b.Tensors()
	switch {
	case m == nil:
	case t.Extra == nil:
		t.Extra = m(b)
	default:
		maps.Copy(t.Extra, m(b))
	}
	return t
}

// And returns the extra tensors of both.
func (m More) And(other More) More {
	if m == nil {
		return other
	}
	return func(b batching.Batch) map[string]*tensors.Tensor {
		all := map[string]*tensors.Tensor{}
		maps.Copy(all, m(b))
		maps.Copy(all, other(b))
		return all
	}
}

// Forward runs a graph with one float32 output on batches of examples.
type Forward struct {
	Exec   *Exec
	More   More  // the extra tensors of the graph
	Packed *Exec // for batches with several examples in a row

	// Words reads the word embeddings of a batch's ids, [rows, length, hidden], as the graph's input
	// WordsTensor. nil: the graph has no such input.
	Words func(ids []int32, dims ...int) (*tensors.Tensor, error)
}

// WordsTensor names the input of word embeddings among the extra tensors.
const WordsTensor = "words"

// Each computes the batches from first on, inFlight at a time, and calls use with the values of
// each, in order and one at a time. It returns the first error of both, after all running
// computations. If ctx ends, use is still called for the running batches, and the error is ctx's.
//
// If not all values of batch i with several examples in a row are finite, each of its examples is computed
// again in a row of its own, and use is called with these batches instead, with the same i. Otherwise the
// numbers of an example that overflow would spoil the others of its row, by 0·NaN in the sums of attention.
func (f Forward) Each(ctx context.Context, batches batching.Sequence, first int, use func(i int, batch batching.Batch, values []float32) error) error {
	type outcome struct {
		batches []computed
		err     error
	}
	var running []chan outcome // results of batch i and the following ones
	defer func() {
		for _, r := range running {
			<-r
		}
	}()
	for i := first; i < batches.Len(); i++ {
		for len(running) < inFlight && i+len(running) < batches.Len() && ctx.Err() == nil {
			r, next := make(chan outcome, 1), i+len(running)
			running = append(running, r)
			go func() {
				computed, err := f.compute(batches, next)
				r <- outcome{computed, err}
			}()
		}
		if len(running) == 0 {
			return ctx.Err()
		}
		done := <-running[0]
		running = running[1:]
		if done.err != nil {
			return done.err
		}
		for _, c := range done.batches {
			if err := use(i, c.batch, c.values); err != nil {
				return err
			}
		}
	}
	return nil
}

// computed is a batch and the values that the graph outputs for it.
type computed struct {
	batch  batching.Batch
	values []float32
}

// compute computes batch i, or the batches that take its place: see Each.
func (f Forward) compute(batches batching.Sequence, i int) ([]computed, error) {
	batch := batches.At(i)
	values, err := f.call(batch)
	if err != nil || batch.Packed == nil || floats.Finite(values) {
		return []computed{{batch, values}}, err
	}
	var all []computed
	for apart, at := batches.Apart(i), 0; at < apart.Len(); at++ {
		one, err := f.compute(apart, at)
		if err != nil {
			return nil, err
		}
		all = append(all, one...)
	}
	return all, nil
}

// call computes one batch.
func (f Forward) call(batch batching.Batch) ([]float32, error) {
	exec := f.Exec
	if batch.Packed != nil {
		exec = f.Packed
	}
	in := f.More.Tensors(batch)
	if f.Words != nil {
		words, err := f.Words(batch.IDs, batch.Rows, batch.Length)
		if err != nil {
			return nil, err
		}
		defer func() { _ = words.FinalizeAll() }() // now, not when Go's collector runs
		if in.Extra == nil {
			in.Extra = map[string]*tensors.Tensor{}
		}
		in.Extra[WordsTensor] = words
	}
	out, err := exec.Call(in)
	if err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, fmt.Errorf("the graph has %d outputs, expected 1", len(out))
	}
	return tensors.CopyFlatData[float32](out[0])
}
