package batching

import (
	"errors"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"
)

// Targets follow their examples through the batches; filler rows have zeros.
func TestTargetsOfBatches(t *testing.T) {
	ids, _ := examples(2, 5, 3, 4)
	options := Options{Lengths: []int{3, 6}, Rows: 3}
	for name, c := range map[string]struct {
		targets Targets
		dims    []int
		want    [][]float32 // by batch
	}{
		"multi-hot": {MultiHot{Labels: [][]int{{0}, {}, {1, 2}, {0, 2}}, Classes: 3}, []int{3, 3},
			[][]float32{{0, 1, 1, 0, 0, 0, 0, 0, 0}, {0, 0, 0, 1, 0, 1, 1, 0, 0}}},
		"values": {Values{0.5, -1, 2, 3}, []int{3}, [][]float32{{2, 0, 0}, {-1, 3, 0.5}}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, batch := range collect(must(NewBatcherOf(ids, c.targets, options)).InOrder()) {
				labels := batch.Tensors().Labels
				if diff := cmp.Diff(c.dims, labels.Shape().Dimensions); diff != "" {
					t.Error(diff)
				}
				if diff := cmp.Diff(c.want[i], must(tensors.CopyFlatData[float32](labels))); diff != "" {
					t.Errorf("batch %d, examples %v: %s", i, batch.Index, diff)
				}
			}
		})
	}
}

func TestTargetsThatCannotBeUsed(t *testing.T) {
	ids, _ := examples(3, 5)
	for want, targets := range map[string]Targets{
		"example 1: label 2: expected 0 to 1, for 2 classes": MultiHot{Labels: [][]int{{0}, {2}}, Classes: 2},
		"example 1: label -1":                                MultiHot{Labels: [][]int{{0}, {-1}}, Classes: 2},
		"example 1: its labels are [1 1]":                    MultiHot{Labels: [][]int{{0}, {1, 1}}, Classes: 2},
		"example 1: value NaN":                               Values{1, math.NaN()},
		"example 1: value 1e+60":                             Values{1, 1e60},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := NewBatcherOf(ids, targets, Options{})
			wantError(t, err, want)
			var fault *ExampleError
			if !errors.As(err, &fault) || fault.Index != 1 {
				t.Errorf("the error is %#v", err)
			}
		})
	}
	_, err := NewBatcherOf(ids, Values{1}, Options{})
	wantError(t, err, "1 labels for 2 examples")
}
