package batching

import (
	"slices"
	"testing"
)

func TestLengthsUpTo(t *testing.T) {
	for longest, want := range map[int][]int{
		16: {16}, 100: {32, 64, 96, 100}, 128: {32, 64, 96, 128}, 300: {32, 64, 96, 128, 160, 192, 224, 256, 300}, 600: {32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 448, 512, 600},
	} {
		if got := LengthsUpTo(longest); !slices.Equal(got, want) {
			t.Errorf("up to %d: %v, want %v", longest, got, want)
		}
	}
	_, err := NewBatcher([][]int32{{1}}, nil, Options{Lengths: LengthsUpTo(0)})
	wantError(t, err, "at least 1 token")
}

func TestLengthsFor(t *testing.T) {
	repeated := func(n int, lengths ...int) []int { return slices.Repeat(lengths, n) }
	for name, c := range map[string]struct {
		tokens         []int
		longest, least int
		want           []int
	}{
		"few examples":         {repeated(10, 9, 40), 64, 1000, []int{32, 64}},
		"exactly the least":    {repeated(10, 8), 64, 240, []int{8, 32, 64}},
		"one less":             {repeated(10, 8), 64, 241, []int{32, 64}},
		"two lengths":          {repeated(100, 16, 40), 64, 1000, []int{16, 32, 40, 64}},
		"full lengths":         {repeated(1000, 32, 64, 100), 100, 1, []int{32, 64, 96, 100}},
		"one inside another":   {repeated(100, 5, 20), 32, 500, []int{8, 24, 32}},
		"none has this length": {repeated(100, 33), 33, 1, []int{32, 33}},
		"too long an example":  {repeated(100, 500), 64, 1, []int{32, 64}},
		"no examples":          {nil, 64, 1, []int{32, 64}},
		"no least":             {repeated(100, 9), 64, 0, []int{32, 64}},
		"no length":            {repeated(100, 9), 0, 1, []int{0}},
	} {
		ids, _ := examples(c.tokens...)
		if got := LengthsFor(ids, c.longest, c.least); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// TestShortTextsHaveLittlePadding: with the lengths for the examples, a third of the padding of
// short texts remains.
func TestShortTextsHaveLittlePadding(t *testing.T) {
	ids, _ := examples(randomLengths(8000, 40)...)
	share := func(lengths []int) float64 {
		tokens, shape := 0, 0
		for _, batch := range collect(must(NewBatcher(ids, nil, Options{Tokens: 1024, Lengths: lengths})).InOrder()) {
			tokens += batch.Tokens()
			shape += batch.Rows * batch.Length
		}
		return 1 - float64(tokens)/float64(shape)
	}
	before, after := share(LengthsUpTo(128)), share(LengthsFor(ids, 128, 8192))
	if before < 0.45 || after > before/3 {
		t.Errorf("%.1f %% are padding instead of %.1f %%, want at most a third", 100*after, 100*before)
	}
}
