package feed

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/batching"
)

// lengthsOf returns a graph that outputs each row's length, and batches of two rows for it.
func lengthsOf(t *testing.T, rows int) (Forward, batching.Sequence) {
	t.Helper()
	exec, err := New(testenv.GoBackend(t), model.NewStore(), batching.Signature{}, func(_ *model.Scope, in batching.Nodes) []*graph.Node {
		return []*graph.Node{graph.ConvertDType(in.Lengths, dtypes.Float32)}
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
	return Forward{Exec: exec}, batcher.InOrder()
}

// Every batch from first on is passed to use once and in order with its values, even if some
// batches wait for the compilation of their shape.
func TestForward(t *testing.T) {
	for _, first := range []int{0, 3, 13} {
		f, batches := lengthsOf(t, 25)
		next := first
		err := f.Each(t.Context(), batches, first, func(i int, batch batching.Batch, values []float32) error {
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

// Each ends with the error of use, of a batch that cannot be computed, or of ctx, and does not
// call use after an error. Batches that are running when ctx ends are passed to use.
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
			err := f.Each(ctx, batches, 0, func(i int, _ batching.Batch, _ []float32) error {
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
	f.More = func(b batching.Batch) map[string]*tensors.Tensor {
		if b.Index[0] == batches.At(4).Index[0] {
			return map[string]*tensors.Tensor{"unknown": tensors.FromScalar(int32(1))}
		}
		return nil
	}
	taken := 0
	if err := f.Each(t.Context(), batches, 0, func(int, batching.Batch, []float32) error { taken++; return nil }); err == nil || taken != 4 {
		t.Errorf("%v after %d batches, expected an error of the fifth", err, taken)
	}
}

// The inputs reach the graph under their names. An input that is not in the signature is refused
// by its name.
func TestExec(t *testing.T) {
	signature := batching.Signature{Labels: true, Extra: []string{"slots"}}
	exec, err := New(testenv.GoBackend(t), model.NewStore(), signature, func(_ *model.Scope, in batching.Nodes) []*graph.Node {
		return []*graph.Node{in.IDs, in.Lengths, in.Labels, in.Extra["slots"]}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	rows := func(n int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions([]int32{n, n}, 2) }
	in := batching.Tensors{IDs: rows(1), Lengths: rows(2), Labels: rows(3), Extra: map[string]*tensors.Tensor{"slots": rows(4)}}
	out, err := exec.Call(in)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range out {
		if got := tensors.MustCopyFlatData[int32](o)[0]; got != int32(i+1) {
			t.Errorf("input %d is %d", i, got)
		}
	}
	in.Extra["states"] = rows(5)
	var fault *batching.InputError
	if _, err := exec.Call(in); !errors.As(err, &fault) || fault.Name != "states" {
		t.Errorf("the error is %v, expected one of the input states", err)
	}
	(*Exec)(nil).Finalize()
}

// A graph with two outputs is refused.
func TestForwardTakesOneOutput(t *testing.T) {
	f, batches := lengthsOf(t, 3)
	two, err := New(testenv.GoBackend(t), model.NewStore(), batching.Signature{}, func(_ *model.Scope, in batching.Nodes) []*graph.Node {
		lengths := graph.ConvertDType(in.Lengths, dtypes.Float32)
		return []*graph.Node{lengths, lengths}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Finalize()
	f.Exec = two
	err = f.Each(t.Context(), batches, 0, func(int, batching.Batch, []float32) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "2 outputs, expected 1") {
		t.Errorf("the error is %v", err)
	}
}
