package batching

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSharedLayout: targets in the order of Index, in rows of the shape, with filler in the last batch.
func TestSharedLayout(t *testing.T) {
	ids, labels := examples(2, 3, 1)
	options := Options{Lengths: []int{4}, Rows: 4, PackedShape: Shape{Rows: 1, Length: 4}, Pad: 9}
	firsts := make([]int32, 2*RowExamples)
	firsts[1] = 3
	batch := Batch{
		Index: []int{1, 2, 0}, Rows: 2, Length: 4, Lengths: []int32{4, 2},
		IDs: []int32{2, 2, 2, 3, 1, 1, 9, 9},
		Packed: &Packed{
			Texts:     []int32{0, 0, 0, 1, 0, 0, -1, -1},
			Positions: []int32{0, 1, 2, 0, 0, 1, 0, 0},
			Firsts:    firsts, Slots: []int{0, 1, RowExamples}, Examples: 4,
		},
	}
	for name, c := range map[string]struct {
		targets Targets
		set     func(b *Batch)
		dims    []int
	}{
		"none":     {nil, func(*Batch) {}, nil},
		"classes":  {Classes(labels), func(b *Batch) { b.Labels = []int32{1, 2, 0, 0} }, []int{4}},
		"multihot": {MultiHot{[][]int{{0}, {}, {0, 1}}, 2}, func(b *Batch) { b.Values, b.Width = []float32{0, 0, 1, 1, 1, 0, 0, 0}, 2 }, []int{4, 2}},
		"values":   {Values{0.5, 1.5, 2.5}, func(b *Batch) { b.Values = []float32{1.5, 2.5, 0.5, 0} }, []int{4}},
		"tokens": {TokenClasses{{1, 2}, {3, Ignored, 4}, {5}}, func(b *Batch) {
			b.Labels, b.PerToken = []int32{3, Ignored, 4, 5, 1, 2, Ignored, Ignored}, true
		}, []int{2, 4}},
	} {
		want := batch
		c.set(&want)
		for order, sequence := range map[string]Sequence{
			"in order": must(NewBatcherOf(ids, c.targets, options)).InOrder(), "epoch": must(NewBatcherOf(ids, c.targets, options)).Epoch(5),
		} {
			if diff := cmp.Diff([]Batch{want}, collect(sequence)); diff != "" {
				t.Errorf("%s %s: %s", name, order, diff)
			}
		}
		in := want.Tensors()
		if c.targets != nil && !slices.Equal(in.Labels.Shape().Dimensions, c.dims) {
			t.Errorf("%s: targets %s, want %v", name, in.Labels.Shape(), c.dims)
		}
		examples := in.Extra[ExamplesTensor]
		if name == "tokens" {
			if examples != nil {
				t.Errorf("%s: examples %v", name, examples)
			}
		} else if got := examples.Value().([]int32); !slices.Equal(got, []int32{0, 1, RowExamples, -1}) {
			t.Errorf("%s: examples %v", name, got)
		}
	}
}

// TestStratifiedBatches: of any examples, each occurs once in an epoch, all batches but the last are
// whole, every batch has an example of each stratum, and epochs depend on seed and number alone.
func TestStratifiedBatches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		n, size, longest := 1+rng.IntN(400), 1+rng.IntN(40), 1+rng.IntN(60)
		lengths := make([]int, n)
		for i := range lengths {
			lengths[i] = 1 + rng.IntN(longest)
		}
		ids, labels := examples(lengths...)
		options := Options{Lengths: []int{longest}, Rows: size, PackedShape: Shape{Rows: 1 + rng.IntN(size), Length: longest + rng.IntN(100)}, Pad: -7, Seed: rng.Int64()}
		b := must(NewBatcher(ids, labels, options))
		what := fmt.Sprintf("%d examples of at most %d tokens, %d in a batch of %s", n, longest, size, options.PackedShape)
		for epoch := range 3 {
			sequence := b.Epoch(epoch)
			if sequence.Len() != (n+size-1)/size || sequence.Examples() != n {
				t.Fatalf("%s: %d batches with %d", what, sequence.Len(), sequence.Examples())
			}
			seen := make([]int, n)
			for i, batch := range collect(sequence) {
				if whole := len(batch.Index) == size; !whole && i < sequence.Len()-1 {
					t.Fatalf("%s: batch %d of %d has %d", what, i, sequence.Len(), len(batch.Index))
				}
				for _, example := range batch.Index {
					seen[example]++
				}
				checkShared(t, what, b, batch)
				if (Shape{batch.Rows, batch.Length}) != sequence.Shape(i) {
					t.Fatalf("%s: shape %s of %d rows of %d", what, sequence.Shape(i), batch.Rows, batch.Length)
				}
			}
			if slices.Min(seen) != 1 || slices.Max(seen) != 1 {
				t.Fatalf("%s: an example is missing or repeated", what)
			}
			checkStrata(t, what, ids, sequence, size)
			checkTags(t, what, ids, options, epoch)
			if !reflect.DeepEqual(collect(sequence), collect(must(NewBatcher(ids, labels, options)).Epoch(epoch))) {
				t.Fatalf("%s: epoch %d differs the second time", what, epoch)
			}
		}
	}
}

// checkShared checks the place and the label of every example of a batch.
func checkShared(t *testing.T, what string, b *Batcher, batch Batch) {
	t.Helper()
	used := 0
	for i, example := range batch.Index {
		slot, start := batch.Output(i), batch.Start(i)
		if batch.Labels[i] != int32(example%3) || slot/RowExamples != start/batch.Length {
			t.Fatalf("%s: example %d has label %d, in slot %d at %d", what, example, batch.Labels[i], slot, start)
		}
		for position, id := range b.ids[example] {
			at := start + position
			if batch.IDs[at] != id || batch.Packed.Positions[at] != int32(position) || batch.Packed.Texts[at] != int32(slot%RowExamples) || at/batch.Length != start/batch.Length {
				t.Fatalf("%s: token %d of example %d is not in its place", what, position, example)
			}
		}
		used += len(b.ids[example])
	}
	if padding := len(batch.IDs) - used; padding != count(batch.Packed.Texts, -1) || padding != count(batch.IDs, -7) || used != batch.Tokens() {
		t.Fatalf("%s: %d tokens of padding, of which %d have no text", what, padding, count(batch.Packed.Texts, -1))
	}
	if len(batch.Labels) != b.options.Rows || slices.ContainsFunc(batch.Labels[len(batch.Index):], func(label int32) bool { return label != 0 }) {
		t.Fatalf("%s: labels %v of %d examples", what, batch.Labels, len(batch.Index))
	}
}

// checkTags checks that in batches with TokenClasses each label is at the place of its token.
func checkTags(t *testing.T, what string, ids [][]int32, options Options, epoch int) {
	t.Helper()
	tags := make(TokenClasses, len(ids))
	for example := range ids {
		for token := range ids[example] {
			tags[example] = append(tags[example], int32(100*example+token))
		}
	}
	for _, batch := range collect(must(NewBatcherOf(ids, tags, options)).Epoch(epoch)) {
		if len(batch.Labels) != len(batch.IDs) || count(batch.Labels, Ignored) != len(batch.IDs)-batch.Tokens() {
			t.Fatalf("%s: %d labels, %d of them ignored, for %d tokens of %d", what, len(batch.Labels), count(batch.Labels, Ignored), batch.Tokens(), len(batch.IDs))
		}
		for at, label := range batch.Labels {
			if label != Ignored && (batch.IDs[at] != label/100+1 || batch.Packed.Positions[at] != label%100) {
				t.Fatalf("%s: label %d at token %d, position %d of example %d", what, label, at, batch.Packed.Positions[at], batch.IDs[at]-1)
			}
		}
	}
}

// checkStrata checks that example i of every whole batch, by length, is no longer than example i+1 of any
// other one.
func checkStrata(t *testing.T, what string, ids [][]int32, sequence Sequence, size int) {
	t.Helper()
	longest, shortest := make([]int, size), make([]int, size)
	whole := 0
	for i := range sequence.Len() {
		var lengths []int
		for _, example := range sequence.Members(i) {
			lengths = append(lengths, len(ids[example]))
		}
		if len(lengths) < size {
			continue
		}
		slices.Sort(lengths)
		for stratum, n := range lengths {
			longest[stratum] = max(longest[stratum], n)
			if whole == 0 || n < shortest[stratum] {
				shortest[stratum] = n
			}
		}
		whole++
	}
	for stratum := 1; stratum < size; stratum++ {
		if shortest[stratum] < longest[stratum-1] {
			t.Fatalf("%s: examples of stratum %d have up to %d tokens, of the next from %d", what, stratum, longest[stratum-1], shortest[stratum])
		}
	}
}

// TestEpochsDiffer: the members of the batches change from epoch to epoch, and with the seed.
func TestEpochsDiffer(t *testing.T) {
	ids, _ := examples(randomLengths(64, 30)...)
	options := Options{Lengths: []int{32}, Rows: 8, PackedShape: Shape{Rows: 2, Length: 96}}
	first := must(NewBatcher(ids, nil, options))
	options.Seed = 1
	for name, other := range map[string]Sequence{"epoch": first.Epoch(1), "seed": must(NewBatcher(ids, nil, options)).Epoch(0)} {
		if slices.Equal(first.Epoch(0).Members(0), other.Members(0)) {
			t.Errorf("another %s has the same first batch", name)
		}
	}
}

// TestBatchesThatNeedMoreRows: few further shapes.
func TestBatchesThatNeedMoreRows(t *testing.T) {
	ids, _ := examples(slices.Repeat([]int{5}, 7)...)
	for _, c := range []struct{ rows, examples, want int }{{3, 3, 3}, {3, 4, 4}, {3, 5, 5}, {3, 6, 7}, {1, 7, 9}, {7, 1, 7}} {
		batch := must(NewBatcher(ids[:c.examples], nil, Options{Lengths: []int{8}, Rows: 8, PackedShape: Shape{Rows: c.rows, Length: 8}})).Epoch(0).At(0)
		if batch.Rows != c.want {
			t.Errorf("%d examples in rows of one, %d at least: %d rows, want %d", c.examples, c.rows, batch.Rows, c.want)
		}
	}
}

// TestPackedShape: of 5,000 short texts, nearly all batches of any epoch have one shape, with little
// padding.
func TestPackedShape(t *testing.T) {
	tokens := func(s Shape) float64 { return float64(s.Rows*s.Length) * (1 + float64(s.Length)/922) }
	for _, n := range []int{320, 5000} {
		ids, _ := examples(randomLengths(n, 56)...)
		options := Options{Lengths: []int{56}, Rows: 16}
		own := must(NewBatcher(ids, nil, options))
		options.PackedShape = own.PackedShape(128, tokens)
		if options.PackedShape != own.PackedShape(128, tokens) {
			t.Error("another shape the second time")
		}
		if s := options.PackedShape; s.Length%8 != 0 || s.Length < 56 || s.Length > 128 {
			t.Errorf("%d examples: %s", n, s)
		}
		b := must(NewBatcher(ids, nil, options))
		used, computed, more, batches := 0, 0, 0, 0
		for epoch := range 3 {
			sequence := b.Epoch(epoch)
			for i := range sequence.Len() {
				batch := sequence.At(i)
				used, computed, batches = used+batch.Tokens(), computed+len(batch.IDs), batches+1
				if batch.Rows != options.PackedShape.Rows {
					more++
				}
			}
		}
		t.Logf("%d examples: %s, %.1f %% padding, %d of %d batches have more rows", n, options.PackedShape, 100-100*float64(used)/float64(computed), more, batches)
		if share := float64(used) / float64(computed); share < 0.9 || more > batches/50+1 {
			t.Errorf("%d examples in %s: %.1f %% padding, %d of %d batches have more rows", n, options.PackedShape, 100-100*share, more, batches)
		}
	}
}

// TestPackedShapeOfFewExamples: the longest example fits, even one longer than the rows were to be, and the
// least cost decides between rows of several lengths.
func TestPackedShapeOfFewExamples(t *testing.T) {
	size := func(s Shape) float64 { return float64(s.Rows * s.Length) }
	for _, c := range []struct {
		lengths []int
		longest int
		want    Shape
	}{
		{[]int{1}, 0, Shape{1, 8}}, {[]int{9}, 128, Shape{1, 16}}, {[]int{9, 7}, 16, Shape{1, 16}}, {[]int{9, 8}, 16, Shape{2, 16}},
		{[]int{9, 8}, 24, Shape{1, 24}}, {[]int{130}, 128, Shape{1, 136}}, {slices.Repeat([]int{1}, RowExamples+1), 128, Shape{3, 8}},
	} {
		ids, _ := examples(c.lengths...)
		if got := must(NewBatcher(ids, nil, Options{Lengths: []int{256}, Rows: RowExamples + 1})).PackedShape(c.longest, size); got != c.want {
			t.Errorf("%v, at most %d: %s, want %s", c.lengths, c.longest, got, c.want)
		}
	}
	ids, _ := examples(3)
	if got := must(NewBatcher(ids, nil, Options{Tokens: 512})).PackedShape(128, size); got != (Shape{}) {
		t.Errorf("without Rows: %s", got)
	}
}

func TestPackedShapeFaults(t *testing.T) {
	ids, labels := examples(2, 7)
	for want, options := range map[string]Options{
		"batching: PackedShape 0x8: expected at least one row of one token":                                {PackedShape: Shape{Length: 8}},
		"batching: PackedShape 2x-8: expected at least one row of one token":                               {PackedShape: Shape{2, -8}},
		"batching: PackedShape 2x8: Tokens is 64: expected 0, and Rows, the number of examples of a batch": {Tokens: 64, PackedShape: Shape{2, 8}},
		"batching: PackedShape 2x8: Packed is 8 too: set one of the two":                                   {PackedShape: Shape{2, 8}, Packed: 8},
	} {
		_, err := NewBatcherOf(ids, nil, options)
		if wrong := (*OptionsError)(nil); !errors.As(err, &wrong) || fmt.Sprint(wrong) != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	_, err := NewBatcher(ids, labels, Options{PackedShape: Shape{2, 6}})
	if wrong := (*ExampleError)(nil); !errors.As(err, &wrong) || fmt.Sprint(err) != "batching: example 1: it has 7 tokens, the rows of PackedShape have 6" {
		t.Error(err)
	}
}
