package finetune

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/batching"
)

// lengthsOf is a network that gives each row's length, and batches of two rows for it.
func lengthsOf(t *testing.T, rows int) (forward, batching.Sequence) {
	t.Helper()
	exec, err := model.NewExec(goBackend(t), model.NewStore(), func(_ *model.Scope, inputs []*graph.Node) *graph.Node {
		return graph.ConvertDType(inputs[1], dtypes.Float32)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	ids := make([][]int32, rows)
	for i := range ids {
		ids[i] = make([]int32, 1+i%9)
	}
	batcher, err := batching.NewBatcher(ids, make([]int, rows), batching.Options{Lengths: []int{2, 5, 9}, Rows: 2})
	if err != nil {
		t.Fatal(err)
	}
	return forward{exec: exec}, batcher.InOrder()
}

// TestForward: every batch from the first on is handed on once and in order, with what was
// computed of it, also where some have to wait for their shape.
func TestForward(t *testing.T) {
	for _, first := range []int{0, 3, 13} {
		f, batches := lengthsOf(t, 25)
		next := first
		err := f.over(t.Context(), batches, first, func(i int, batch batching.Batch, values []float32) error {
			if i != next || !slices.Equal(batch.Index, batches.At(i).Index) {
				t.Errorf("batch %d of the reviews %v, expected %d", i, batch.Index, next)
			}
			next++
			for row, n := range batch.Lengths {
				if values[row] != float32(n) {
					t.Errorf("batch %d gave %v for lengths %v", i, values, batch.Lengths)
				}
			}
			return nil
		})
		if err != nil || next != batches.Len() {
			t.Errorf("from %d: %d of %d batches, %v", first, next, batches.Len(), err)
		}
	}
}

// TestForwardEnds: it ends with the error of who takes a batch, of a batch that cannot be
// computed, or of ctx, and hands nothing on after it. What had been begun when ctx ended is
// handed on.
func TestForwardEnds(t *testing.T) {
	full := errors.New("the disk is full")
	for name, c := range map[string]struct {
		want    error
		at      func(stop context.CancelFunc) error
		batches int
	}{
		"taker":   {full, func(context.CancelFunc) error { return full }, 3},
		"stopped": {context.Canceled, func(stop context.CancelFunc) error { stop(); return nil }, 2 + inFlight},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			f, batches := lengthsOf(t, 25)
			taken := 0
			err := f.over(ctx, batches, 0, func(i int, _ batching.Batch, _ []float32) error {
				if taken++; i == 2 {
					return c.at(stop)
				}
				return nil
			})
			if !errors.Is(err, c.want) || taken != c.batches {
				t.Errorf("%v after %d batches, expected %v after %d", err, taken, c.want, c.batches)
			}
		})
	}
	f, batches := lengthsOf(t, 25)
	f.more = func(b batching.Batch) []any {
		if b.Index[0] == batches.At(4).Index[0] {
			return []any{"a text is no tensor"}
		}
		return nil
	}
	taken := 0
	if err := f.over(t.Context(), batches, 0, func(int, batching.Batch, []float32) error { taken++; return nil }); err == nil || taken != 4 {
		t.Errorf("%v after %d batches, expected an error of the fifth", err, taken)
	}
}
