package finetune

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
)

// maskedRows cuts tokenized texts into rows and hides pieces in them. All that it
// draws depends on the seed and on the place in the training alone, so that a
// resumed training sees what an unbroken one does.
type maskedRows struct {
	texts   [][]int32 // ids without specials
	t       *bert.Tokenizer
	mask    float64
	paired  bool // rows 2i and 2i+1 are of one text
	seed    int64
	special map[int32]bool

	// The rows of the epoch that was asked for last.
	stage, epoch, step int
	batches            int // of that epoch
	plan               []row
}

// row is a stretch of a text.
type row struct{ text, from, to int }

func newMaskedRows(t *bert.Tokenizer, texts [][]int32, p Pretraining) *maskedRows {
	m := &maskedRows{texts: texts, t: t, mask: p.Mask, paired: p.Contrast > 0, seed: p.Seed, stage: -1, special: map[int32]bool{}}
	for _, id := range []int32{t.CLS(), t.SEP(), t.PAD(), t.MASK(), t.UNK()} {
		m.special[id] = true
	}
	return m
}

// maskedBatch is a batch with its hidden pieces. Every row has as many places for
// them; those that a short row does not use have the label -1.
type maskedBatch struct {
	rows, length, places int
	ids                  []int32 // [rows, length], padded, pieces hidden
	lengths              []int32 // [rows]
	positions            []int32 // [rows, places]: where a piece is to be said
	labels               []int32 // [rows, places]: which, or -1
}

// cut plans an epoch of rows of size pieces. Paired rows follow each other: two
// stretches of one text.
func (m *maskedRows) cut(size int, rng *rand.Rand) []row {
	group := 1
	if m.paired {
		group = 2
	}
	var plan [][]row
	for i, text := range m.texts {
		stretches := stretches(i, len(text), size, rng)
		if m.paired {
			if len(stretches) == 1 && len(text) > 1 {
				whole := stretches[0]
				middle := (whole.from + whole.to) / 2
				stretches = []row{{i, whole.from, middle}, {i, middle, whole.to}}
			}
			rng.Shuffle(len(stretches), func(a, b int) { stretches[a], stretches[b] = stretches[b], stretches[a] })
		}
		for ; len(stretches) >= group; stretches = stretches[group:] {
			plan = append(plan, stretches[:group])
		}
	}
	rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return slices.Concat(plan...)
}

// stretches cuts a text of n pieces, from a random start, every size pieces. One at
// an end that is shorter than half is left out, unless it is all there is of the
// text: short rows are mostly padding.
func stretches(text, n, size int, rng *rand.Rand) []row {
	if n == 0 {
		return nil
	}
	if n <= size {
		return []row{{text, 0, n}}
	}
	var list []row
	first := rng.IntN(min(size, n-size+1))
	if first >= (size+1)/2 {
		list = append(list, row{text, 0, first})
	}
	for at := first; at < n; at += size {
		if end := min(at+size, n); end-at >= (size+1)/2 {
			list = append(list, row{text, at, end})
		}
	}
	return list
}

// at makes the batch of a step, from 0, of a stage.
func (m *maskedRows) at(stage int, s Stage, step int) maskedBatch {
	for epoch := 0; ; epoch++ {
		if m.stage != stage || m.epoch != epoch || m.plan == nil {
			m.stage, m.epoch = stage, epoch
			m.plan = m.cut(s.Length-2, random.Named(m.seed, fmt.Sprintf("rows of stage %d, epoch %d", stage, epoch)))
		}
		m.batches = max(1, len(m.plan)/s.Rows) // what does not fill a batch waits for the next epoch's shuffle
		if step < m.batches {
			m.step = step
			rows := m.plan[step*s.Rows : min(len(m.plan), (step+1)*s.Rows)]
			return m.batch(rows, s, random.Named(m.seed, fmt.Sprintf("masks of stage %d, epoch %d, batch %d", stage, epoch, step)))
		}
		step -= m.batches
	}
}

// batch hides pieces as the paper does: of those chosen, 80 % become [MASK], 10 %
// another piece, 10 % stay.
func (m *maskedRows) batch(rows []row, s Stage, rng *rand.Rand) maskedBatch {
	places := m.places(s.Length - 2)
	b := maskedBatch{rows: s.Rows, length: s.Length, places: places,
		ids: slices.Repeat([]int32{m.t.PAD()}, s.Rows*s.Length), lengths: make([]int32, s.Rows),
		positions: make([]int32, s.Rows*places), labels: slices.Repeat([]int32{-1}, s.Rows*places)}
	for r, place := range rows {
		ids := b.ids[r*s.Length : (r+1)*s.Length]
		text := m.texts[place.text][place.from:place.to]
		ids[0] = m.t.CLS()
		copy(ids[1:], text)
		ids[1+len(text)] = m.t.SEP()
		b.lengths[r] = int32(len(text) + 2)
		found := 0
		for _, i := range rng.Perm(len(text)) {
			if found == m.places(len(text)) {
				break
			}
			at := i + 1
			if m.special[ids[at]] {
				continue
			}
			b.positions[r*places+found], b.labels[r*places+found] = int32(at), ids[at]
			switch u := rng.Float64(); {
			case u < 0.8:
				ids[at] = m.t.MASK()
			case u < 0.9:
				ids[at] = m.anyPiece(rng)
			}
			found++
		}
	}
	return b
}

// places is how many pieces of a stretch of n are to be said.
func (m *maskedRows) places(n int) int {
	return max(1, int(math.Round(m.mask*float64(n))))
}

// anyPiece draws a piece that is no special token.
func (m *maskedRows) anyPiece(rng *rand.Rand) int32 {
	for {
		if id := int32(rng.IntN(m.t.VocabSize())); !m.special[id] {
			return id
		}
	}
}

func (b maskedBatch) pass() pass {
	p := pass{inputs: []any{
		tensors.FromFlatDataAndDimensions(b.ids, b.rows, b.length),
		tensors.FromFlatDataAndDimensions(b.lengths, b.rows),
		tensors.FromFlatDataAndDimensions(b.positions, b.rows, b.places),
		tensors.FromFlatDataAndDimensions(b.labels, b.rows, b.places),
	}}
	for _, n := range b.lengths {
		p.tokens += int(n)
	}
	return p
}
