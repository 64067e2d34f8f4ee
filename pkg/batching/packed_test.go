package batching

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"
)

func TestPackedLayout(t *testing.T) {
	ids, _ := examples(2, 7, 3, 4)
	batches := collect(must(NewBatcher(ids, nil, Options{Lengths: []int{8}, Tokens: 16, Packed: 8, Pad: 9})).InOrder())
	slots := []int32{0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	second := make([]int32, RowExamples)
	want := []Batch{{
		Index: []int{3, 2, 0}, Rows: 2, Length: 8, Lengths: []int32{7, 2},
		IDs: []int32{4, 4, 4, 4, 3, 3, 3, 9, 1, 1, 9, 9, 9, 9, 9, 9},
		Packed: &Packed{
			Texts:     []int32{0, 0, 0, 0, 1, 1, 1, -1, 0, 0, -1, -1, -1, -1, -1, -1},
			Positions: []int32{0, 1, 2, 3, 0, 1, 2, 0, 0, 1, 0, 0, 0, 0, 0, 0},
			Firsts:    slices.Concat(slots, second), Slots: []int{0, 1, 16},
		},
	}, {
		Index: []int{1}, Rows: 2, Length: 8, Lengths: []int32{7, 0},
		IDs: []int32{2, 2, 2, 2, 2, 2, 2, 9, 9, 9, 9, 9, 9, 9, 9, 9},
	}}
	if diff := cmp.Diff(want, batches); diff != "" {
		t.Error(diff)
	}
	for i, want := range [][2]int{{0, 0}, {1, 4}, {16, 8}} {
		if got := [2]int{batches[0].Output(i), batches[0].Start(i)}; got != want {
			t.Errorf("output and start of example %d: %d, want %d", i, got, want)
		}
	}
	own := must(NewBatcher(ids, nil, Options{Lengths: []int{8}})).InOrder().At(0)
	if output, start := own.Output(3), own.Start(3); output != 3 || start != 24 {
		t.Errorf("output %d and start %d of row 3", output, start)
	}
	in := batches[0].Tensors()
	if _, err := (Signature{Extra: PackedTensors}).Arguments(in); err != nil {
		t.Error(err)
	}
	if got := tensors.MustCopyFlatData[int32](in.Extra[PositionsTensor]); !slices.Equal(got, batches[0].Packed.Positions) {
		t.Errorf("positions %v", got)
	}
}

// TestPackedHoldEveryExampleOnce: in any order, whole, without an overlap, and tightly.
func TestPackedHoldEveryExampleOnce(t *testing.T) {
	ids, _ := examples(randomLengths(3000, 90)...)
	b := must(NewBatcher(ids, nil, Options{Lengths: []int{96}, Tokens: 1024, Packed: 128, Pad: -7, Seed: 3}))
	for name, sequence := range map[string]Sequence{"in order": b.InOrder(), "epoch 0": b.Epoch(0), "epoch 1": b.Epoch(1)} {
		seen, tokens, size := make([]int, len(ids)), 0, 0
		for _, batch := range collect(sequence) {
			if batch.Packed == nil {
				for _, example := range batch.Index {
					seen[example]++
					if len(ids[example]) <= 64 {
						t.Fatalf("%s: example %d of %d tokens has a row of its own", name, example, len(ids[example]))
					}
				}
				continue
			}
			tokens, size = tokens+batch.Tokens(), size+len(batch.IDs)
			if batch.Rows != 8 || batch.Length != 128 || len(batch.IDs) != 1024 || len(batch.Packed.Firsts) != 8*RowExamples {
				t.Fatalf("%s: a batch of %d rows of %d", name, batch.Rows, batch.Length)
			}
			used := 0
			for i, example := range batch.Index {
				seen[example]++
				slot := batch.Output(i)
				row, first := slot/RowExamples, int(batch.Packed.Firsts[slot])
				for position, id := range ids[example] {
					at := row*128 + first + position
					if batch.IDs[at] != id || batch.Packed.Positions[at] != int32(position) || batch.Packed.Texts[at] != int32(slot%RowExamples) {
						t.Fatalf("%s: token %d of example %d is not in its place", name, position, example)
					}
				}
				used += len(ids[example])
			}
			if padding := len(batch.IDs) - used; padding != count(batch.Packed.Texts, -1) || padding != count(batch.IDs, -7) || used != batch.Tokens() {
				t.Fatalf("%s: %d tokens of padding, of which %d have no text", name, padding, count(batch.Packed.Texts, -1))
			}
		}
		if slices.Min(seen) != 1 || slices.Max(seen) != 1 {
			t.Errorf("%s: an example is missing or repeated", name)
		}
		if share := float64(tokens) / float64(size); share < 0.97 {
			t.Errorf("%s: %.1f %% of the shared rows are padding", name, 100-100*share)
		}
		if n := sequence.Examples(); n != len(ids) {
			t.Errorf("%s: %d examples", name, n)
		}
	}
}

// TestApart: the examples of a batch in rows of their own.
func TestApart(t *testing.T) {
	ids, _ := examples(2, 7, 3, 4)
	sequence := must(NewBatcher(ids, nil, Options{Lengths: []int{4, 8}, Tokens: 16, Packed: 8, Pad: 9})).InOrder()
	for i, want := range [][]int{{0, 2, 3}, {1}} {
		members, apart := slices.Sorted(slices.Values(sequence.Members(i))), sequence.Apart(i)
		var got []int
		for _, batch := range collect(apart) {
			if batch.Packed != nil {
				t.Errorf("batch %d: examples %v share rows", i, batch.Index)
			}
			got = append(got, batch.Index...)
		}
		if slices.Sort(got); !slices.Equal(got, want) || !slices.Equal(members, want) || apart.Examples() != len(want) {
			t.Errorf("batch %d of %v: %v, want %v", i, members, got, want)
		}
	}
	if sequence.At(0).Packed == nil {
		t.Error("the sequence has changed")
	}
}

func count(values []int32, value int32) int {
	n := 0
	for _, v := range values {
		if v == value {
			n++
		}
	}
	return n
}

// TestManyOneTokenExamples: a row has at most RowExamples examples.
func TestManyOneTokenExamples(t *testing.T) {
	ids, _ := examples(slices.Repeat([]int{1}, 2*RowExamples+1)...)
	batch := must(NewBatcher(ids, nil, Options{Lengths: []int{128}, Tokens: 512, Packed: 128})).InOrder().At(0)
	if want := []int32{RowExamples, RowExamples, 1, 0}; !slices.Equal(batch.Lengths, want) {
		t.Errorf("rows of %v tokens, want %v", batch.Lengths, want)
	}
}

func TestPackedLength(t *testing.T) {
	lengths := []int{32, 64, 128}
	for _, c := range []struct {
		name        string
		tokens      []int
		least, want int
	}{
		{"no examples", nil, 1, 0},
		{"long examples", slices.Repeat([]int{65}, 1000), 1, 0},
		{"nothing to save", slices.Repeat([]int{64}, 16), 1, 0},
		{"few examples", slices.Repeat([]int{5}, 32), 1, 0}, // 1,024 tokens in rows of 32, and in one batch
		{"one more", slices.Repeat([]int{5}, 33), 32, 128},
		{"more than they save", slices.Repeat([]int{5}, 33), 33, 0},
		{"no least", slices.Repeat([]int{64}, 16), math.MinInt, 0},
		{"empty and long examples do not count", append(slices.Repeat([]int{5}, 33), 0, 0, 100, 100), 33, 0},
	} {
		ids, _ := examples(c.tokens...)
		if got := PackedLength(ids, lengths, 128, 1024, c.least); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

// TestPackedLengthOfNothing: no rows, rows without tokens, and rows of any size.
func TestPackedLengthOfNothing(t *testing.T) {
	ids, _ := examples(slices.Repeat([]int{5}, 100)...)
	for _, c := range []struct {
		lengths        []int
		length, tokens int
	}{{nil, 128, 1024}, {[]int{32}, 0, 1024}, {[]int{32}, -1, 1024}, {[]int{32}, 128, 127}, {[]int{32}, math.MaxInt, math.MaxInt}} {
		if got := PackedLength(ids, c.lengths, c.length, c.tokens, 1); got != 0 {
			t.Errorf("%v: %d", c, got)
		}
	}
}

func TestPackedFaults(t *testing.T) {
	ids, labels := examples(2, 7)
	for _, c := range []struct {
		options Options
		labels  []int
		want    string
	}{
		{Options{Tokens: 64, Packed: -1}, nil, "batching: Packed -1: expected 0 or more"},
		{Options{Tokens: 64, Packed: 65}, nil, "batching: Packed 65: Tokens is 64, expected at least Packed, for one row"},
		{Options{Rows: 4, Packed: 32}, nil, "batching: Packed 32: Tokens is 0, expected at least Packed, for one row"},
		{Options{Tokens: 64, Packed: 32}, labels, "batching: Packed 32: the examples have labels: expected 0, or PackedShape, whose rows have labels"},
	} {
		_, err := NewBatcher(ids, c.labels, c.options)
		var wrong *OptionsError
		if !errors.As(err, &wrong) || fmt.Sprint(err) != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
}
