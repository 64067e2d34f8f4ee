package prefixcache

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/precision"
)

// The layers above the states compute the logits of the whole network. States of the last layer
// are those of the first token alone. States in bfloat16 take half the space and are rounded.
func TestStatesReplaceTheLowerLayers(t *testing.T) {
	toytest.CacheDir(t)
	c := toy(t, 60)
	want := fromTokens(t, c)
	for _, layers := range []int{1, 2} {
		t.Run(fmt.Sprint(layers), func(t *testing.T) {
			c := c
			c.Layers = layers
			s, computed := open(t, c)
			if computed != 60 || !(s.Seconds() > 0) {
				t.Errorf("states of %d examples were computed in %v s, expected those of 60", computed, s.Seconds())
			}
			if d := difference(t, fromStates(t, c, s), want); d > 1e-5 {
				t.Errorf("logits differ by %v from those of the whole network", d)
			}
			if layers == 2 && s.Bytes() > 16*4*60+1000 {
				t.Errorf("%d bytes, expected one state for each example", s.Bytes())
			}
			c.Stored = precision.BFloat16
			half, computed := open(t, c)
			if computed != 60 {
				t.Errorf("states of %d examples were computed in bfloat16, expected those of 60", computed)
			}
			if d := difference(t, fromStates(t, c, half), want); d == 0 || d > 0.05 {
				t.Errorf("logits differ by %v with states in bfloat16", d)
			}
			if r := float64(half.Bytes()) / float64(s.Bytes()); r < 0.49 || r > 0.52 {
				t.Errorf("%d bytes in bfloat16, %d in float32", half.Bytes(), s.Bytes())
			}
			again, computed := open(t, c)
			if computed != 0 || again.Seconds() != half.Seconds() {
				t.Errorf("opened again, the states of %d examples were computed; %v s, expected %v", computed, again.Seconds(), half.Seconds())
			}
		})
	}
}

// Tensors counts its examples from the given one: batches of the second half of the examples
// have their states.
func TestTensorsOfLaterExamples(t *testing.T) {
	toytest.CacheDir(t)
	c := toy(t, 60)
	s, _ := open(t, c)
	later := batches(t, c.Model, randomIDs(c.Model, 1, 60)[40:])
	all := map[int][]float32{}
	each(c.Batches, func(b batching.Batch) { collect(t, all, s, b, 0) })
	for example, states := range all {
		if example < 40 {
			delete(all, example)
		} else if len(states) == 0 {
			t.Fatalf("example %d has no states", example)
		}
	}
	got := map[int][]float32{}
	each(later, func(b batching.Batch) { collect(t, got, s, b, 40) })
	if len(got) != 20 || fmt.Sprint(got) != fmt.Sprint(all) {
		t.Errorf("the states of the later %d examples are not those of all", len(got))
	}
}

func each(s batching.Sequence, do func(batching.Batch)) {
	for i := range s.Len() {
		do(s.At(i))
	}
}

// collect adds the states of a batch's examples, counted from first.
func collect(t *testing.T, all map[int][]float32, s *States, b batching.Batch, first int) {
	t.Helper()
	values := s.Tensors(first)(b)[Tensor]
	shape := values.Shape().Dimensions
	flat := tensors.MustCopyFlatData[float32](values)
	for row, example := range b.Index {
		states := flat[row*shape[1]*shape[2]:]
		all[first+example] = states[:int(b.Lengths[row])*shape[2]]
	}
}

// Two openings that need the same states at once compute them once.
func TestOpenTogether(t *testing.T) {
	toytest.CacheDir(t)
	c, counter := count(toy(t, 136))
	errs := make(chan error, 2)
	for range 2 {
		go func() {
			s, err := Open(context.Background(), c)
			if err == nil {
				err = s.Close()
			}
			errs <- err
		}()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if n := counter.Computed(); n != 136 {
		t.Errorf("the states of %d examples were computed in all, expected 136", n)
	}
}
