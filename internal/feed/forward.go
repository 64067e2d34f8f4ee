package feed

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/batching"
)

// inFlight is how many batches are computed at a time where none waits for another's
// result: one is computed while a new shape is compiled for the other, on one core, and
// where operations leave cores without work the other batch uses them. A third gains
// nothing and takes memory.
const inFlight = 2

// More makes a batch's extra tensors; nil makes none.
type More func(batching.Batch) map[string]*tensors.Tensor

// Tensors makes the tensors of a batch of examples, the extra ones included.
func (m More) Tensors(b batching.Batch) batching.Tensors {
	t := b.Tensors()
	if m != nil {
		t.Extra = m(b)
	}
	return t
}

// Forward runs a graph whose only output is float32 on batches of examples.
type Forward struct {
	Exec *Exec
	More More // the extra tensors that the graph takes
}

// Each computes the batches from first on, inFlight at a time, and gives the values of each
// to use, in order and one at a time. It ends with the first error of either, when nothing
// is being computed any more. Where ctx ends, the batches that were begun are still given
// to use, and the error is ctx's.
func (f Forward) Each(ctx context.Context, batches batching.Sequence, first int, use func(i int, batch batching.Batch, values []float32) error) error {
	type outcome struct {
		batch  batching.Batch
		values []float32
		err    error
	}
	var running []chan outcome // of batch i and those behind it
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
				batch := batches.At(next)
				values, err := f.call(batch)
				r <- outcome{batch, values, err}
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
		if err := use(i, done.batch, done.values); err != nil {
			return err
		}
	}
	return nil
}

// call computes one batch.
func (f Forward) call(batch batching.Batch) ([]float32, error) {
	out, err := f.Exec.Call(f.More.Tensors(batch))
	if err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, fmt.Errorf("the graph has %d outputs, expected 1", len(out))
	}
	return tensors.CopyFlatData[float32](out[0])
}
