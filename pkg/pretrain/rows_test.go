package pretrain

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

func toyTokenizer(t *testing.T) *tokenizers.Tokenizer {
	t.Helper()
	tokenizer, err := tokenizers.Open("../bert/testdata/encoder/tiny")
	if err != nil {
		t.Fatal(err)
	}
	return tokenizer
}

// someTexts returns texts with the given numbers of tokens, none of them special.
func someTexts(lengths ...int) [][]int32 {
	rng := rand.New(rand.NewPCG(2, 3))
	texts := make([][]int32, len(lengths))
	for i, n := range lengths {
		for range n {
			texts[i] = append(texts[i], int32(5+rng.IntN(43)))
		}
	}
	return texts
}

// For every size of texts and rows, the rows of a pass are adjacent, without overlaps or gaps.
// They start and end less than half a row from the ends of the text.
func TestStretches(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	starts := map[int]int{}
	for size := 2; size < 12; size++ {
		for n := range 50 {
			for range 20 {
				list := stretches(7, n, size, rng)
				if n <= size {
					want := []row{{7, 0, n}}
					if n == 0 {
						want = nil
					}
					if !slices.Equal(list, want) {
						t.Fatalf("%d tokens in rows of %d: %v", n, size, list)
					}
					continue
				}
				half := (size + 1) / 2
				if len(list) == 0 || list[0].from >= half || n-list[len(list)-1].to >= half {
					t.Fatalf("%d tokens in rows of %d leave out too much: %v", n, size, list)
				}
				for i, r := range list {
					if r.text != 7 || r.to-r.from < half || r.to-r.from > size || i > 0 && r.from != list[i-1].to {
						t.Fatalf("%d tokens in rows of %d: row %d of %v", n, size, i, list)
					}
				}
				if n == 40 && size == 8 {
					starts[list[0].to%size]++
				}
			}
		}
	}
	if len(starts) != 8 {
		t.Errorf("the rows of 20 passes start at %v, expected all positions", starts)
	}
}

// Every pass contains every text, even texts with one token, unless rows are paired. Paired rows
// come from one text and have no token in common.
func TestEveryTextInEveryPass(t *testing.T) {
	lengths := []int{0, 1, 2, 3, 9, 10, 11, 19, 20, 57, 200}
	p := Pretraining{Mask: 0.15, Seed: 4, Stages: []Stage{{Steps: 9, Rows: 4, Length: 12}}}
	for _, c := range []struct {
		contrast   float64
		neighbours int
	}{{0, 1}, {1, 1}, {1, 4}} {
		p.Contrast, p.Neighbours = c.contrast, c.neighbours
		contrast := c.contrast
		m := newMaskedRows(toyTokenizer(t), someTexts(lengths...), p, currentRules)
		for number := range 30 {
			plan := m.cutEpoch(0, number)
			seen := make([][]bool, len(lengths))
			for i, n := range lengths {
				seen[i] = make([]bool, n)
			}
			rows := make([]int, len(lengths))
			for i, r := range plan {
				rows[r.text]++
				if r.to-r.from < 1 || r.to-r.from > 10 {
					t.Fatalf("row %v", r)
				}
				if contrast > 0 && plan[i^1].text != r.text {
					t.Fatalf("rows %v and %v form a pair", r, plan[i^1])
				}
				for at := r.from; at < r.to; at++ {
					if seen[r.text][at] {
						t.Fatalf("token %d of text %d occurs twice", at, r.text)
					}
					seen[r.text][at] = true
				}
			}
			for i, n := range lengths {
				least := min(n, 1)
				if contrast > 0 {
					least = 2 * min(n/2, 1)
				}
				if rows[i] < least {
					t.Fatalf("a text of %d tokens has %d rows, expected at least %d", n, rows[i], least)
				}
			}
		}
	}
}

// Neighbouring texts of the data are neighbours in the plan. No two pairs of one text are
// neighbours, and each pass has other neighbourhoods.
func TestNeighbours(t *testing.T) {
	lengths := slices.Repeat([]int{16}, 100) // two pairs of rows of 4
	near := func(m *maskedRows, number int) (near, same int, groups map[[2]int]bool) {
		groups = map[[2]int]bool{}
		plan := m.cutEpoch(0, number)
		for i := 2; i < len(plan); i += 2 {
			switch a, b := plan[i-2].text, plan[i].text; {
			case a == b:
				same++
			case max(a, b)-min(a, b) < 5:
				near++
				groups[[2]int{min(a, b), max(a, b)}] = true
			}
		}
		return near, same, groups
	}
	p := Pretraining{Mask: 0.15, Contrast: 1, Neighbours: 5, Seed: 3, Stages: []Stage{{Steps: 9, Rows: 4, Length: 6}}}
	m := newMaskedRows(toyTokenizer(t), someTexts(lengths...), p, currentRules)
	first, same, groups := near(m, 0)
	if pairs := len(m.cutEpoch(0, 0)) / 2; first < pairs*3/5 {
		t.Errorf("%d of %d pairs follow a pair of a neighbouring text", first, pairs)
	}
	if same > 4 { // by chance, at the border of two neighbourhoods
		t.Errorf("%d pairs follow a pair of the same text", same)
	}
	_, _, others := near(m, 1)
	if fmt.Sprint(groups) == fmt.Sprint(others) {
		t.Error("two passes have the same neighbourhoods")
	}
	p.Neighbours = 1
	if alone, _, _ := near(newMaskedRows(toyTokenizer(t), someTexts(lengths...), p, currentRules), 0); alone > first/3 {
		t.Errorf("without neighbours %d pairs follow a pair of a neighbouring text, with neighbours %d", alone, first)
	}
}

// restored returns the ids with the masked tokens restored.
func restored(b maskedBatch) [][]int32 {
	ids := slices.Clone(b.ids)
	for i, label := range b.labels {
		if label >= 0 {
			ids[i/b.places*b.length+int(b.positions[i])] = label
		}
	}
	return slices.Collect(slices.Chunk(ids, b.length))
}

// With the labels restored, the batches contain the planned rows between [CLS] and [SEP], each
// once per pass.
func TestBatchesAreRowsOfTheTexts(t *testing.T) {
	tokenizer := toyTokenizer(t)
	for _, contrast := range []float64{0, 1} {
		p := Pretraining{Mask: 0.3, Contrast: contrast, Seed: 2, Stages: []Stage{{50, 4, 9}, {30, 6, 20}}}
		m := newMaskedRows(tokenizer, someTexts(1, 2, 3, 5, 7, 8, 30, 31, 40, 55, 64, 12, 12, 12, 12), p, currentRules)
		used := map[int]map[row]bool{} // rows by epoch
		for step := range 80 {
			b, err := m.batchOf(step)
			if err != nil {
				t.Fatal(err)
			}
			i := m.epochOf(step)
			e := m.epochs[i]
			if stage := map[bool]int{true: 0, false: 1}[step < 50]; e.stage != stage || b.rows != p.Stages[stage].Rows || b.length != p.Stages[stage].Length {
				t.Fatalf("step %d belongs to stage %d, but has rows of %d tokens", step, e.stage, b.length)
			}
			if used[i] == nil {
				used[i] = map[row]bool{}
			}
			for r, ids := range restored(b) {
				place := m.plan[(step-e.first)*b.rows+r]
				if used[i][place] {
					t.Fatalf("step %d: row %v occurs twice in epoch %d", step, place, i)
				}
				used[i][place] = true
				want := append([]int32{tokenizer.CLS()}, m.texts[place.text][place.from:place.to]...)
				want = append(want, tokenizer.SEP())
				if int(b.lengths[r]) != len(want) {
					t.Fatalf("step %d, row %d has length %d, expected %d", step, r, b.lengths[r], len(want))
				}
				for len(want) < b.length {
					want = append(want, tokenizer.PAD())
				}
				if diff := cmp.Diff(want, ids); diff != "" {
					t.Fatalf("step %d, row %d: %s", step, r, diff)
				}
			}
		}
		if len(used) < 4 || m.epochs[0].number != 0 || m.epochs[1].number != 1 {
			t.Errorf("%d epochs in 80 steps", len(used))
		}
		for i := range m.epochs[:len(m.epochs)-1] {
			if e := m.epochs[i]; e.end != m.epochs[i+1].first || e.end-e.first > e.batches {
				t.Errorf("epochs %v are not consecutive", m.epochs)
			}
		}
		e := m.epochs[0]
		if got, want := m.Epoch(e.end), float64(e.batches*4)/float64(e.rows); got != want || e.rows != len(m.cutEpoch(0, 0)) {
			t.Errorf("%v passes at the end of the first epoch of %d rows, expected %v", got, e.rows, want)
		}
		if a, b := m.Epoch(80), m.Epoch(79); a <= b || a > float64(len(m.epochs)) || a < float64(len(m.epochs))/2 {
			t.Errorf("%v passes in 79 steps, %v in 80, epochs %v", b, a, m.epochs)
		}
		m.rules = firstRules // of trainings that began with an earlier version
		if got := m.Epoch(e.end); got != 1 {
			t.Errorf("by the first rules there are %v passes at the end of the first epoch", got)
		}
	}
}

// A step has the same batch whatever the order of the requested steps.
func TestSameStepSameBatch(t *testing.T) {
	tokenizer := toyTokenizer(t)
	p := Pretraining{Mask: 0.2, Contrast: 1, Seed: 2, Stages: []Stage{{25, 4, 9}, {25, 6, 20}, {5, 4, 20}}}
	texts := someTexts(4, 9, 30, 31, 40, 55, 64)
	batches := func(p Pretraining, order []int) []maskedBatch {
		m := newMaskedRows(tokenizer, texts, p, currentRules)
		list := make([]maskedBatch, len(order))
		for _, step := range order {
			b, err := m.batchOf(step)
			if err != nil {
				t.Fatal(err)
			}
			list[step] = b
		}
		return list
	}
	inOrder := make([]int, 55)
	for i := range inOrder {
		inOrder[i] = i
	}
	want := batches(p, inOrder)
	for i := range 5 {
		order := rand.New(rand.NewPCG(1, uint64(i))).Perm(len(inOrder))
		if diff := cmp.Diff(want, batches(p, order), cmp.AllowUnexported(maskedBatch{})); diff != "" {
			t.Fatalf("requested in the order %v: %s", order, diff)
		}
	}
	same := 0
	p.Seed = 3
	for i, b := range batches(p, inOrder) {
		if slices.Equal(b.ids, want[i].ids) {
			same++
		}
	}
	if same > 0 {
		t.Errorf("with another seed %d of %d batches are the same", same, len(want))
	}
}

// An incomplete batch is padded, unless the loss compares rows. No training text is an error.
func TestTooFewTexts(t *testing.T) {
	tokenizer := toyTokenizer(t)
	p := Pretraining{Mask: 0.2, Seed: 1, Stages: []Stage{{Steps: 3, Rows: 6, Length: 12}}}
	m := newMaskedRows(tokenizer, someTexts(5, 1), p, currentRules)
	if err := m.check(); err != nil {
		t.Fatal(err)
	}
	for step := range 3 {
		b, err := m.batchOf(step)
		if err != nil {
			t.Fatal(err)
		}
		filler := 0
		for r, n := range b.lengths {
			if n > 0 {
				continue
			}
			filler++
			for _, label := range b.labels[r*b.places : (r+1)*b.places] {
				if label != -1 {
					t.Errorf("step %d has a masked token in the padding row %d", step, r)
				}
			}
		}
		if filler != 4 || b.hidden() != 2 {
			t.Errorf("step %d has %d padding rows and %d masked tokens, expected 4 and 2", step, filler, b.hidden())
		}
	}
	for field, c := range map[string]struct {
		contrast float64
		texts    [][]int32
	}{
		"stages[0].rows": {1, someTexts(5, 5)},
		"texts":          {1, someTexts(1, 0, 1)},
	} {
		p.Contrast = c.contrast
		toytest.WantField(t, newMaskedRows(tokenizer, c.texts, p, currentRules).check(), field)
	}
	p.Contrast = 0
	toytest.WantField(t, newMaskedRows(tokenizer, someTexts(0, 0), p, currentRules).check(), "texts")
	unknown := [][]int32{{tokenizer.UNK(), tokenizer.UNK()}}
	toytest.WantField(t, newMaskedRows(tokenizer, unknown, p, currentRules).check(), "texts")
	p.Contrast = 1 // of the texts of two tokens, none can be masked
	toytest.WantField(t, newMaskedRows(tokenizer, append(slices.Repeat(unknown, 3), []int32{9}), p, currentRules).check(), "texts")
}
