package pretrain

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// A batch whose rows have no token to predict gets other rows, so that every step of a training has
// one: with texts of unknown words alone, and with long texts that have few known words. Other
// batches keep their rows.
func TestBatchesWithoutTokenToMask(t *testing.T) {
	tokenizer := toyTokenizer(t)
	unknown := tokenizer.UNK()
	texts := someTexts(12, 1, 30)
	for _, n := range []int{1, 2, 5, 9, 40} {
		texts = append(texts, slices.Repeat([]int32{unknown}, n))
	}
	long := slices.Repeat([]int32{unknown}, 60) // most of its rows have no known word, and an offset may leave out the others
	long[0], long[59] = 9, 10
	texts = append(texts, long)
	for _, contrast := range []float64{0, 1} {
		rows := 4
		if contrast == 0 {
			rows = 1
		}
		p := Pretraining{Mask: 0.2, Contrast: contrast, Bag: contrast, Seed: 3, Stages: []Stage{{Steps: 400, Rows: rows, Length: 7}}}
		for name, texts := range map[string][][]int32{"some": texts, "one": {long}} {
			m := newMaskedRows(tokenizer, texts, p, currentRules)
			if err := m.check(); err != nil {
				t.Fatal(err)
			}
			replaced := 0
			for step := range m.Steps() {
				b, err := m.batchOf(step)
				if err != nil {
					t.Fatalf("%s, step %d: %v", name, step, err)
				}
				if b.hidden() == 0 {
					t.Fatalf("%s, step %d has no token to predict", name, step)
				}
				planned := m.plan[(step-m.epochs[m.planned].first)*rows:][:rows]
				for r, ids := range restored(b) {
					want := texts[planned[r].text][planned[r].from:planned[r].to]
					if got := ids[1 : b.lengths[r]-1]; !slices.Equal(got, want) {
						if slices.ContainsFunc(planned, func(r row) bool { return m.canPredict(texts[r.text][r.from:r.to]) }) {
							t.Fatalf("%s, step %d: row %d is %v, expected %v", name, step, r, got, want)
						}
						replaced++
						break
					}
				}
			}
			if replaced < 20 {
				t.Errorf("%s, contrast %v: %d batches of %d are replaced: too few for this test", name, contrast, replaced, m.Steps())
			}
		}
	}
}

// Replaced rows are at most as long as the stage's, and each contains a token that can be masked. Two
// rows of a pair are neighbours in one text.
func TestReplacedRows(t *testing.T) {
	tokenizer := toyTokenizer(t)
	texts := someTexts(2, 3, 7, 25)
	texts[3] = append(slices.Repeat([]int32{tokenizer.UNK()}, 25), 9)
	for _, contrast := range []float64{0, 1} {
		m := newMaskedRows(tokenizer, texts, Pretraining{Mask: 0.2, Contrast: contrast, Stages: []Stage{{Steps: 1, Rows: 4, Length: 8}}}, currentRules)
		for size := 2; size < 9; size++ {
			for number := range 100 {
				rows := m.replacement(6, size, rand.New(rand.NewPCG(1, uint64(number))))
				if len(rows) != 6 {
					t.Fatalf("%d rows, expected 6", len(rows))
				}
				for i, r := range rows {
					whole := r
					if contrast > 0 {
						whole = row{r.text, rows[i&^1].from, rows[i|1].to}
						if rows[i|1].text != r.text || rows[i&^1].to != rows[i|1].from {
							t.Fatalf("rows %v are no pairs", rows)
						}
					}
					if r.from >= r.to || whole.to-whole.from > size || !m.canPredict(texts[r.text][whole.from:whole.to]) {
						t.Fatalf("size %d: row %d of %v", size, i, rows)
					}
				}
			}
		}
	}
}

// An epoch whose random offsets leave it too few pairs for a batch continues with rows of the next
// one. Other epochs have the rows that they had.
func TestEpochsWithTooFewPairs(t *testing.T) {
	p := Pretraining{Mask: 0.2, Contrast: 1, Bag: 1, Seed: 5, Stages: []Stage{{Steps: 200, Rows: 12, Length: 12}}}
	texts := someTexts(24, 25, 24, 26, 31)
	short := 0
	for ; p.Seed < 100; p.Seed++ { // a seed whose first epoch has enough
		m := newMaskedRows(toyTokenizer(t), texts, p, currentRules)
		if m.check() != nil {
			continue
		}
		for step := range m.Steps() {
			b, err := m.batchOf(step)
			if err != nil {
				t.Fatalf("step %d: %v", step, err)
			}
			if slices.Contains(b.lengths, 0) {
				t.Fatalf("step %d has padding rows: %v", step, b.lengths)
			}
			e := m.epochs[m.planned]
			if cut := m.cutEpoch(e.stage, e.number); len(cut) >= 12 {
				if !slices.Equal(m.plan, cut) {
					t.Fatalf("epoch %d has the rows %v, expected %v", e.number, m.plan, cut)
				}
				continue
			}
			short++
			for i := 0; i < len(m.plan); i += 2 {
				if m.plan[i].text != m.plan[i+1].text {
					t.Fatalf("epoch %d: rows %d are no pair: %v", e.number, i, m.plan)
				}
			}
		}
		break
	}
	if short == 0 {
		t.Error("every epoch has enough rows: the test needs other texts")
	}
}
