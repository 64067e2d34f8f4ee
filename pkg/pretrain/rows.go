package pretrain

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// maskedRows splits tokenized texts into rows and makes the batch of each step. Its random
// choices depend only on the seed and on the position in the training, so that a resumed training
// uses the same batches as an uninterrupted one.
type maskedRows struct {
	masker
	texts      [][]int32 // token ids without special tokens
	stages     []Stage
	paired     bool           // rows 2i and 2i+1 come from one text
	neighbours int            // number of texts with pairs that stay together
	weights    []float64      // of each token in a bag; nil without the bag-of-words loss
	teacher    *teacherStates // nil without a teacher
	seed       int64
	rules      rules
	usable     []int // texts with a token that can be masked; if rows are paired, of at least two tokens

	epochs  []epoch // from the first step to the last requested step
	plan    []row   // rows of the epoch planned
	planned int     // index of an epoch; -1: none
}

// epoch is a pass over the texts within a stage.
type epoch struct {
	stage, number int // both counted from 0; number counts within the stage
	first, end    int // steps of the training, from 0; a stage's last epoch is cut short
	batches       int // batches of the complete pass
	rows          int // rows of the complete pass
}

// row is a part of a text.
type row struct{ text, from, to int }

func newMaskedRows(t *tokenizers.Tokenizer, texts [][]int32, p Pretraining, rules rules) *maskedRows {
	m := &maskedRows{masker: newMasker(t, p.Mask, rules), texts: texts, stages: p.Stages, paired: p.paired(), neighbours: max(1, p.Neighbours), seed: p.Seed, rules: rules, planned: -1}
	for i, text := range texts {
		if m.canPredict(text) && (len(text) > 1 || !m.paired) {
			m.usable = append(m.usable, i)
		}
	}
	if p.Bag > 0 {
		m.weights = m.bagWeights(texts)
	}
	return m
}

// check plans the first epoch of each stage: a stage with too few texts is an error before the
// first step. After it, every batch can be made.
func (m *maskedRows) check() error {
	for stage := range m.stages {
		if err := m.enough(stage, len(m.cutEpoch(stage, 0))); err != nil {
			return err
		}
	}
	if len(m.usable) == 0 {
		return &settings.FieldError{Field: "texts", Reason: fmt.Sprintf("contain %d training texts without a token that can be masked, only unknown and special ones: the model's vocabulary does not fit the texts", len(m.texts))}
	}
	return nil
}

// warning says how many texts have only tokens that cannot be masked. It is empty if there are none.
func (m *maskedRows) warning() string {
	n := 0
	for _, text := range m.texts {
		if len(text) > 0 && !m.canPredict(text) {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d training texts have no token that can be masked, only unknown and special ones: masked language modelling learns nothing from them", n, len(m.texts))
}

// enough returns an error if an epoch of n rows is too small for a batch. An incomplete batch is
// padded with ignored rows, unless the loss compares all rows.
func (m *maskedRows) enough(stage, n int) error {
	switch want := m.stages[stage].Rows; {
	case n == 0 && m.paired:
		return &settings.FieldError{Field: "texts", Reason: fmt.Sprintf("contain %d training texts, expected texts of at least two tokens, from which contrast and bag form pairs of rows", len(m.texts))}
	case n == 0:
		return &settings.FieldError{Field: "texts", Reason: fmt.Sprintf("contain %d training texts without a token, expected texts", len(m.texts))}
	case n < want && m.paired:
		return &settings.FieldError{Field: fmt.Sprintf("stages[%d].rows", stage), Reason: fmt.Sprintf("is %d, but contrast and bag need full batches of pairs and the %d texts have %d rows: use fewer rows, or neither loss", want, len(m.texts), n)}
	}
	return nil
}

// At implements trainer.Batches.
func (m *maskedRows) At(step int) ([]trainer.Batch, error) {
	b, err := m.batchOf(step)
	if err != nil {
		return nil, err
	}
	return []trainer.Batch{b.tensors()}, nil
}

// Steps returns the number of steps of all stages.
func (m *maskedRows) Steps() int { return m.stageEnd(len(m.stages) - 1) }

// batchOf makes the batch of a step of the training, counted from 0.
func (m *maskedRows) batchOf(step int) (maskedBatch, error) {
	i := m.epochOf(step)
	e := m.epochs[i]
	if m.planned != i {
		m.plan, m.planned = m.planEpoch(e.stage, e.number), i
	}
	s, within := m.stages[e.stage], step-e.first
	rows := m.plan[within*s.Rows : min(len(m.plan), (within+1)*s.Rows)]
	if !slices.ContainsFunc(rows, func(r row) bool { return m.canPredict(m.texts[r.text][r.from:r.to]) }) {
		rows = m.replacement(len(rows), s.Length-2, random.Named(m.seed, fmt.Sprintf("replaced rows of stage %d, epoch %d, batch %d", e.stage, e.number, within)))
	}
	b := m.batch(m.texts, rows, s, random.Named(m.seed, fmt.Sprintf("masks of stage %d, epoch %d, batch %d", e.stage, e.number, within)))
	if m.weights != nil {
		b.bags = fillBags(m.texts, rows, m.weights)
	}
	if m.teacher != nil {
		var err error
		if b.distillation, err = m.teacher.targets(m.texts, rows, s); err != nil {
			return b, err
		}
	}
	return b, nil
}

// Epoch returns the number of passes over the texts in the given number of steps.
func (m *maskedRows) Epoch(steps int) float64 {
	if steps == 0 {
		return 0
	}
	total := 0.0
	for _, e := range m.epochs[:m.epochOf(steps-1)+1] {
		passed := min(e.end, steps) - e.first
		if m.rules < rulesOfTokens {
			total += float64(passed) / float64(e.batches)
			continue
		}
		// A batch has fewer rows than its stage states if the texts do.
		total += float64(min(passed*m.stages[e.stage].Rows, e.rows)) / float64(e.rows)
	}
	return total
}

// epochOf returns the index of the epoch that contains a step.
func (m *maskedRows) epochOf(step int) int {
	for len(m.epochs) == 0 || step >= m.epochs[len(m.epochs)-1].end {
		m.planNext()
	}
	return sort.Search(len(m.epochs), func(i int) bool { return step < m.epochs[i].end })
}

// planNext appends the next epoch to epochs.
func (m *maskedRows) planNext() {
	var e epoch
	n := len(m.epochs)
	if n > 0 {
		last := m.epochs[n-1]
		e = epoch{stage: last.stage, number: last.number + 1, first: last.end}
		if last.end == m.stageEnd(last.stage) {
			e.stage, e.number = last.stage+1, 0
		}
	}
	m.plan, m.planned = m.planEpoch(e.stage, e.number), n
	e.rows = max(1, len(m.plan))
	e.batches = max(1, len(m.plan)/m.stages[e.stage].Rows) // an incomplete batch waits for the next epoch's shuffle
	e.end = min(e.first+e.batches, m.stageEnd(e.stage))
	m.epochs = append(m.epochs, e)
}

// stageEnd returns the number of steps up to the end of a stage.
func (m *maskedRows) stageEnd(stage int) int {
	end := 0
	for _, s := range m.stages[:stage+1] {
		end += s.Steps
	}
	return end
}

// planEpoch returns the rows of an epoch. The number of rows depends on the random offsets, so that
// an epoch can have too few for a batch of pairs although the first one has enough: it continues
// with rows of the next epoch.
func (m *maskedRows) planEpoch(stage, number int) []row {
	plan, want := m.cutEpoch(stage, number), m.stages[stage].Rows
	if !m.paired || len(plan) == 0 || len(plan) >= want {
		return plan
	}
	for len(plan) < want {
		number++
		plan = append(plan, m.cutEpoch(stage, number)...)
	}
	return plan[:want]
}

// replacement draws n rows of at most size tokens for a batch whose own rows have no token to predict.
// Each row, or each pair, has one.
func (m *maskedRows) replacement(n, size int, rng *rand.Rand) []row {
	var rows []row
	for len(rows) < n {
		i := m.usable[rng.IntN(len(m.usable))]
		text := m.texts[i]
		var places []int
		for at, id := range text {
			if !m.special[id] {
				places = append(places, at)
			}
		}
		at := places[rng.IntN(len(places))]
		from := max(0, min(at-rng.IntN(size), len(text)-size))
		whole := row{i, from, min(from+size, len(text))}
		if m.paired {
			rows = append(rows, whole.halves()...)
		} else {
			rows = append(rows, whole)
		}
	}
	return rows
}

// halves splits a row of at least two tokens.
func (r row) halves() []row {
	middle := (r.from + r.to) / 2
	return []row{{r.text, r.from, middle}, {r.text, middle, r.to}}
}

func (m *maskedRows) cutEpoch(stage, number int) []row {
	return m.cut(m.stages[stage].Length-2, random.Named(m.seed, fmt.Sprintf("rows of stage %d, epoch %d", stage, number)))
}

// cut plans a pass over the texts in rows of size tokens. Paired rows are adjacent: two parts of
// one text.
func (m *maskedRows) cut(size int, rng *rand.Rand) []row {
	group := 1
	if m.paired {
		group = 2
	}
	var plan [][]row
	shift := 0 // neighbourhoods start at another text in each pass
	if m.neighbours > 1 {
		shift = rng.IntN(m.neighbours)
	}
	for from := -shift; from < len(m.texts); from += m.neighbours {
		var rounds [][]row // a text's second pair is not next to its first
		for i := max(0, from); i < min(from+m.neighbours, len(m.texts)); i++ {
			list := m.stretchesOf(i, size, rng)
			for round := 0; len(list) >= group; round++ {
				if round == len(rounds) {
					rounds = append(rounds, nil)
				}
				rounds[round] = append(rounds[round], list[:group]...)
				list = list[group:]
			}
		}
		plan = append(plan, rounds...)
	}
	rng.Shuffle(len(plan), func(i, j int) { plan[i], plan[j] = plan[j], plan[i] })
	return slices.Concat(plan...)
}

// stretchesOf splits text i into rows. If rows are paired, their order is random and a short
// text is split in two.
func (m *maskedRows) stretchesOf(i, size int, rng *rand.Rand) []row {
	list := stretches(i, len(m.texts[i]), size, rng)
	if !m.paired {
		return list
	}
	if n := len(m.texts[i]); len(list) == 1 && n > 1 {
		list = list[0].halves()
	}
	rng.Shuffle(len(list), func(a, b int) { list[a], list[b] = list[b], list[a] })
	return list
}

// stretches splits a text of n tokens into rows of size tokens, from a random offset. A first or
// last row shorter than half a row is left out, unless the text has no other: short rows are
// mostly padding.
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
