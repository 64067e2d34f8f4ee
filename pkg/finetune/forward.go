package finetune

import (
	"context"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/batching"
)

// inFlight is how many batches are computed at a time where none waits for another's
// result: one is computed while a new shape is compiled for the other, on one core, and
// where operations leave cores without work the other batch has some. A third would gain
// nothing and take memory.
const inFlight = 2

// forward is a network whose graph takes ids [rows, length], lengths [rows], and what more
// makes of a batch (nil: nothing), to one tensor of float32.
type forward struct {
	exec *model.Exec
	more func(batching.Batch) []any
}

// over computes the batches from first on, inFlight at a time, and hands the values of each
// to then, in order and one at a time. It ends with the first error of either, when nothing
// is being computed any more. Where ctx ends, the batches that were begun are handed on yet,
// and the error is ctx's.
func (f forward) over(ctx context.Context, batches batching.Sequence, first int, then func(i int, batch batching.Batch, values []float32) error) error {
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
		if err := then(i, done.batch, done.values); err != nil {
			return err
		}
	}
	return nil
}

// call computes one batch.
func (f forward) call(batch batching.Batch) ([]float32, error) {
	inputs := batchTensors(batch)[:2]
	if f.more != nil {
		inputs = append(inputs, f.more(batch)...)
	}
	out, err := f.exec.Call1(inputs...)
	if err != nil {
		return nil, err
	}
	return tensors.CopyFlatData[float32](out)
}
