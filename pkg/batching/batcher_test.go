package batching

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// examples makes token ids of the lengths: example i is (i+1, i+1, ...), with label i%3.
func examples(lengths ...int) (ids [][]int32, labels []int) {
	for i, n := range lengths {
		ids = append(ids, slices.Repeat([]int32{int32(i + 1)}, n))
		labels = append(labels, i%3)
	}
	return ids, labels
}

func randomLengths(n, longest int) []int {
	r := rand.New(rand.NewPCG(5, 6))
	lengths := make([]int, n)
	for i := range lengths {
		lengths[i] = 1 + r.IntN(longest)
	}
	return lengths
}

func collect(b Sequence) []Batch {
	all := make([]Batch, b.Len())
	for i := range all {
		all[i] = b.At(i)
	}
	return all
}

func TestBatchLayout(t *testing.T) {
	ids, labels := examples(2, 5, 3, 4, 1)
	batcher := must(NewBatcher(ids, labels, Options{Lengths: []int{3, 6}, Rows: 3, Pad: 9}))
	want := []Batch{{
		Index: []int{2, 4}, Rows: 3, Length: 3,
		IDs:     []int32{3, 3, 3, 5, 9, 9, 9, 9, 9},
		Lengths: []int32{3, 1, 0}, Labels: []int32{2, 1, 0},
	}, {
		Index: []int{1, 3, 0}, Rows: 3, Length: 6,
		IDs:     []int32{2, 2, 2, 2, 2, 9, 4, 4, 4, 4, 9, 9, 1, 1, 9, 9, 9, 9},
		Lengths: []int32{5, 4, 2}, Labels: []int32{1, 0, 0},
	}}
	if diff := cmp.Diff(want, collect(batcher.InOrder())); diff != "" {
		t.Error(diff)
	}
	unlabelled := must(NewBatcher(ids, nil, Options{Lengths: []int{6}, Rows: 4})).InOrder().At(0)
	if unlabelled.Labels != nil || unlabelled.IDs[2] != 0 {
		t.Errorf("%+v", unlabelled)
	}
}

func TestOnlyTheShortestBatchLacksRows(t *testing.T) {
	lengths := []int{2, 8, 16}
	byRows, byTokens := Options{Lengths: lengths, Rows: 4}, Options{Lengths: lengths, Tokens: 160}
	for _, c := range []struct {
		batching Options
		lengths  []int
		want     string
	}{
		{byRows, []int{1, 1, 4}, "[8x4: 2 0 1]"},                        // the short join the long
		{byRows, []int{1, 1, 4, 4, 4}, "[2x4: 1] [8x4: 2 3 4 0]"},       // as many as there is room for
		{byRows, []int{1, 4, 4, 4, 4}, "[2x4: 0] [8x4: 1 2 3 4]"},       // none where there is none
		{byRows, []int{1, 4, 4, 9, 4}, "[2x4: 0] [16x4: 3 1 2 4]"},      // a length without a batch
		{byRows, []int{9, 4, 1, 4, 4, 4}, "[8x4: 5 2] [16x4: 0 1 3 4]"}, // two that are joined
		{byTokens, slices.Repeat([]int{9}, 10), "[16x10: 0 1 2 3 4 5 6 7 8 9]"},
		{byTokens, slices.Repeat([]int{9}, 12), "[16x8: 10 11] [16x10: 0 1 2 3 4 5 6 7 8 9]"}, // not ten rows for two
		{byTokens, []int{4}, "[8x8: 0]"},
		{byTokens, slices.Repeat([]int{4}, 17), "[8x20: 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16]"}, // rounded up to 24, they would be too many tokens
	} {
		ids, _ := examples(c.lengths...)
		got := ""
		for _, b := range collect(must(NewBatcher(ids, nil, c.batching)).InOrder()) {
			got += fmt.Sprintf(" [%dx%d: %s", b.Length, b.Rows, fmt.Sprint(b.Index)[1:])
		}
		if got != " "+c.want {
			t.Errorf("%v:%s, want %s", c.lengths, got, c.want)
		}
	}
}

// checkBatches fails unless the batches hold every example once, whole, in
// shapes of the settings.
func checkBatches(t *testing.T, b Options, ids [][]int32, labels []int, batches []Batch) {
	t.Helper()
	seen := make([]bool, len(ids))
	shapes := map[[2]int]bool{}
	for _, batch := range batches {
		shapes[[2]int{batch.Rows, batch.Length}] = true
		if b.Tokens > 0 && batch.Rows*batch.Length > b.Tokens || b.Rows > 0 && batch.Rows != b.Rows {
			t.Fatalf("a batch of %d rows of %d", batch.Rows, batch.Length)
		}
		if !slices.Contains(b.Lengths, batch.Length) || len(batch.Index) == 0 ||
			len(batch.IDs) != batch.Rows*batch.Length || len(batch.Lengths) != batch.Rows || len(batch.Labels) != batch.Rows {
			t.Fatalf("a batch of shape %dx%d holds %d rows, %d ids", batch.Rows, batch.Length, len(batch.Index), len(batch.IDs))
		}
		for row := range batch.Rows {
			n := int(batch.Lengths[row])
			tokens, padding := batch.IDs[row*batch.Length:][:n], batch.IDs[row*batch.Length+n:(row+1)*batch.Length]
			if slices.ContainsFunc(padding, func(id int32) bool { return id != b.Pad }) {
				t.Fatalf("row %d is padded with %v", row, padding)
			}
			if row >= len(batch.Index) {
				if n != 0 || batch.Labels[row] != 0 {
					t.Fatalf("filler row %d has %d tokens, label %d", row, n, batch.Labels[row])
				}
				continue
			}
			example := batch.Index[row]
			if seen[example] || !slices.Equal(tokens, ids[example]) || int(batch.Labels[row]) != labels[example] {
				t.Fatalf("example %d is repeated or changed", example)
			}
			seen[example] = true
		}
	}
	if slices.Contains(seen, false) {
		t.Fatal("an example is missing")
	}
	most := len(b.Lengths)
	if b.Tokens > 0 {
		most++ // the last batch's
	}
	if len(shapes) > most {
		t.Errorf("%d shapes for %d lengths", len(shapes), len(b.Lengths))
	}
}

func TestEpochsHoldEveryExampleOnce(t *testing.T) {
	ids, labels := examples(randomLengths(1000, 300)...)
	for _, b := range []Options{
		{Lengths: []int{32, 64, 128, 192, 256, 384}, Rows: 16, Pad: -1, Seed: 1},
		{Lengths: []int{32, 64, 128, 192, 256, 384}, Tokens: 4096, Seed: 1},
		{Lengths: []int{300}, Rows: 7},
		{Lengths: []int{299, 300}, Tokens: 300},
	} {
		batcher := must(NewBatcher(ids, labels, b))
		first := batcher.Epoch(0)
		for epoch := range 3 {
			batches := batcher.Epoch(epoch)
			checkBatches(t, b, ids, labels, collect(batches))
			if batches.Len() != first.Len() {
				t.Errorf("%d batches in epoch %d, %d in epoch 0", batches.Len(), epoch, first.Len())
			}
			if n := batches.Examples(); n != 1000 {
				t.Errorf("%d examples in epoch %d, expected 1000", n, epoch)
			}
		}
		checkBatches(t, b, ids, labels, collect(batcher.InOrder()))
	}
}

func TestEpochDependsOnSeedAndNumberAlone(t *testing.T) {
	ids, labels := examples(randomLengths(400, 128)...)
	over := func(seed int64) *Batcher { return must(NewBatcher(ids, labels, Options{Rows: 8, Seed: seed})) }
	trained := over(4)
	for epoch := range 5 {
		trained.Epoch(epoch)
	}
	want := collect(trained.Epoch(5))
	if !reflect.DeepEqual(want, collect(over(4).Epoch(5))) {
		t.Error("a resumed run sees other batches")
	}
	for name, other := range map[string]Sequence{"epoch": trained.Epoch(6), "seed": over(5).Epoch(5), "order": trained.InOrder()} {
		if reflect.DeepEqual(want, collect(other)) {
			t.Errorf("another %s gives the same batches", name)
		}
	}
	// Lengths alternate: a sorted epoch would be a curriculum.
	if slices.IsSortedFunc(want, func(a, b Batch) int { return a.Length - b.Length }) {
		t.Error("an epoch goes from short to long")
	}
	if !slices.IsSortedFunc(collect(trained.InOrder()), func(a, b Batch) int { return a.Length - b.Length }) {
		t.Error("evaluation does not go from short to long")
	}
}

// The lengths are about those of IMDB: half of the reviews are truncated to 256 tokens.
func TestLittleIsPadding(t *testing.T) {
	lengths := randomLengths(1000, 512)
	tokens := 0
	for i := range lengths {
		lengths[i] = min(lengths[i], 256)
		tokens += lengths[i]
	}
	ids, labels := examples(lengths...)
	for _, b := range []Options{{Rows: 16}, {Tokens: 2048}} {
		shape := 0
		for _, batch := range collect(must(NewBatcher(ids, labels, b)).Epoch(0)) {
			shape += batch.Rows * batch.Length
		}
		if padding := 1 - float64(tokens)/float64(shape); padding > 0.05 {
			t.Errorf("%+v: %.1f %% are padding, want at most 5", b, 100*padding)
		}
	}
}

func TestBatchingDefaults(t *testing.T) {
	ids, labels := examples(20, 500, 512)
	batches := collect(must(NewBatcher(ids, labels, Options{})).InOrder())
	if len(batches) != 1 || batches[0].Rows != 16 || batches[0].Length != 512 {
		t.Errorf("%d batches, the first %dx%d", len(batches), batches[0].Rows, batches[0].Length)
	}
	b := Options{Tokens: 1024}
	// Only lengths that occur must fit the budget.
	ids, _ = examples(20, 200)
	for _, batch := range collect(must(NewBatcher(ids, nil, b)).InOrder()) {
		if batch.Length != 224 || batch.Rows != 4 {
			t.Errorf("%d rows of %d tokens, want 4 of 224", batch.Rows, batch.Length)
		}
	}
}

func TestOptionsThatAreImpossible(t *testing.T) {
	ids, labels := examples(3, 5)
	for want, o := range map[string]Options{
		"Lengths [8 4]: expected ascending":    {Lengths: []int{8, 4}},
		"each length once":                     {Lengths: []int{8, 8}},
		"Lengths [0 8]: expected at least 1":   {Lengths: []int{0, 8}},
		"Rows -1: expected 0 or more":          {Rows: -1},
		"Tokens -1: expected 0 or more":        {Tokens: -1},
		"Tokens 128: Rows is set too, to 4: s": {Rows: 4, Tokens: 128},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := NewBatcher(ids, labels, o)
			wantError(t, err, want)
			var fault *OptionsError
			if !errors.As(err, &fault) {
				t.Errorf("the error is a %T", err)
			}
		})
	}
}

func TestExamplesThatFitIntoNoBatch(t *testing.T) {
	ids, labels := examples(3, 5)
	for want, c := range map[string]struct {
		ids     [][]int32
		labels  []int
		options Options
	}{
		"example 1: it has 5 tokens, the longest batches have 4": {ids, labels, Options{Lengths: []int{4}}},
		"expected at least 8":        {ids, labels, Options{Lengths: []int{4, 8}, Tokens: 7}},
		"example 1: it has no token": {[][]int32{{1}, {}}, nil, Options{}},
		"example 1: label -1":        {ids, []int{0, -1}, Options{}},
	} {
		t.Run(want, func(t *testing.T) {
			_, err := NewBatcher(c.ids, c.labels, c.options)
			wantError(t, err, want)
			var fault *ExampleError
			if !errors.As(err, &fault) || fault.Index != 1 {
				t.Errorf("the error is %#v", err)
			}
		})
	}
	_, err := NewBatcher(nil, nil, Options{})
	wantError(t, err, "no examples")
	_, err = NewBatcher(ids, labels[:1], Options{})
	wantError(t, err, "1 labels for 2 examples")
}

func BenchmarkEpoch(b *testing.B) {
	ids, labels := examples(randomLengths(25_000, 512)...)
	batcher := must(NewBatcher(ids, labels, Options{Tokens: 4096}))
	b.ReportAllocs()
	for epoch := 0; b.Loop(); epoch++ {
		batches := batcher.Epoch(epoch)
		for i := range batches.Len() {
			batches.At(i)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// wantError fails unless the error holds the words.
func wantError(t testing.TB, err error, words string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		t.Errorf("error %v, want one with %q", err, words)
	}
}

// Selected batches are those of the whole sequence: examples, shapes and token ids.
func TestSelect(t *testing.T) {
	var ids [][]int32
	for i := range 23 {
		ids = append(ids, make([]int32, 1+i%9))
	}
	b, err := NewBatcher(ids, nil, Options{Lengths: []int{2, 5, 9}, Rows: 4})
	if err != nil {
		t.Fatal(err)
	}
	all := b.InOrder()
	some := all.Select(1, 4)
	if some.Len() != 2 || some.Examples() != len(all.Members(1))+len(all.Members(4)) {
		t.Fatalf("%d batches of %d examples", some.Len(), some.Examples())
	}
	for i, of := range []int{1, 4} {
		if diff := cmp.Diff(all.At(of), some.At(i)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(all.At(of).Index, some.Members(i)); diff != "" {
			t.Error(diff)
		}
	}
}
