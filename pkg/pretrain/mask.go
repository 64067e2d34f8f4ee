package pretrain

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// masker masks tokens of rows.
type masker struct {
	t       *tokenizers.Tokenizer
	share   float64        // share of a row's tokens to mask
	special map[int32]bool // tokens that are neither predicted nor drawn
}

// newMasker returns a masker. Special tokens are BERT's five and all that the tokenizer's files mark as
// special, as additional_special_tokens are: DataCollatorForLanguageModeling of transformers does not
// mask them either.
func newMasker(t *tokenizers.Tokenizer, share float64, rules rules) masker {
	m := masker{t: t, share: share, special: map[int32]bool{}}
	for _, id := range []int32{t.CLS(), t.SEP(), t.PAD(), t.MASK(), t.UNK()} {
		m.special[id] = true
	}
	if rules >= rulesOfTokens {
		for _, id := range addedTokens(t, func(a tokenizers.AddedToken) bool { return a.Special }) {
			m.special[id] = true
		}
	}
	return m
}

// addedTokens returns the ids of the added tokens that which accepts.
func addedTokens(t *tokenizers.Tokenizer, which func(tokenizers.AddedToken) bool) []int32 {
	var ids []int32
	for _, a := range t.Options().Added {
		if id, ok := t.ID(a.Content); ok && which(a) {
			ids = append(ids, id)
		}
	}
	return ids
}

// canPredict reports whether a part of a text has a token that can be masked.
func (m masker) canPredict(part []int32) bool {
	return slices.ContainsFunc(part, func(id int32) bool { return !m.special[id] })
}

// maskedBatch is a batch with masked tokens. Every row has the same number of places for them;
// unused places of a short row have the label -1. A row of length 0 is padding.
type maskedBatch struct {
	rows, length, places int
	ids                  []int32         // [rows, length], padded, tokens masked
	lengths              []int32         // [rows]
	positions            []int32         // [rows, places]: positions of the tokens to predict
	labels               []int32         // [rows, places]: the tokens, or -1
	bags                 []float32       // [rows, vocab]: token frequencies of a row's pair; nil without the bag-of-words loss
	distillation         *teacherTargets // nil without a teacher
}

// batch masks tokens as Devlin et al. do: of the chosen tokens, 80 % become [MASK], 10 % another
// token, and 10 % stay unchanged.
func (m masker) batch(texts [][]int32, rows []row, s Stage, rng *rand.Rand) maskedBatch {
	places := m.places(s.Length - 2)
	b := maskedBatch{rows: s.Rows, length: s.Length, places: places,
		ids: slices.Repeat([]int32{m.t.PAD()}, s.Rows*s.Length), lengths: make([]int32, s.Rows),
		positions: make([]int32, s.Rows*places), labels: slices.Repeat([]int32{-1}, s.Rows*places)}
	for r, place := range rows {
		ids := b.ids[r*s.Length : (r+1)*s.Length]
		text := texts[place.text][place.from:place.to]
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
				ids[at] = m.randomToken(rng)
			}
			found++
		}
	}
	return b
}

// places returns the number of tokens to predict in a row of n tokens.
func (m masker) places(n int) int {
	return max(1, int(math.Round(m.share*float64(n))))
}

// randomToken draws a random token that is not a special token.
func (m masker) randomToken(rng *rand.Rand) int32 {
	for {
		if id := int32(rng.IntN(m.t.VocabSize())); !m.special[id] {
			return id
		}
	}
}

// hidden returns the number of tokens to predict.
func (b maskedBatch) hidden() int {
	n := 0
	for _, label := range b.labels {
		if label >= 0 {
			n++
		}
	}
	return n
}

// Names of the extra tensors of a masked batch.
const (
	positionsTensor    = "positions"     // int32 [rows, places]
	bagsTensor         = "bags"          // float32 [rows, vocab]
	teacherWordsTensor = "teacher_words" // float32 [rows, length, teacher's hidden]
	teacherRowsTensor  = "teacher_rows"  // float32 [rows, teacher's hidden]
)

// tensors returns the batch's tensors by name.
func (b maskedBatch) tensors() trainer.Batch {
	in := batching.Tensors{
		IDs:     tensors.FromFlatDataAndDimensions(b.ids, b.rows, b.length),
		Lengths: tensors.FromFlatDataAndDimensions(b.lengths, b.rows),
		Labels:  tensors.FromFlatDataAndDimensions(b.labels, b.rows, b.places),
		Extra:   map[string]*tensors.Tensor{positionsTensor: tensors.FromFlatDataAndDimensions(b.positions, b.rows, b.places)},
	}
	if b.bags != nil {
		in.Extra[bagsTensor] = tensors.FromFlatDataAndDimensions(b.bags, b.rows, len(b.bags)/b.rows)
	}
	if t := b.distillation; t != nil {
		in.Extra[teacherWordsTensor] = tensors.FromFlatDataAndDimensions(t.words, b.rows, b.length, t.hidden)
		in.Extra[teacherRowsTensor] = tensors.FromFlatDataAndDimensions(t.rows, b.rows, t.hidden)
	}
	tokens := 0
	for _, n := range b.lengths {
		tokens += int(n)
	}
	return trainer.Batch{Tensors: in, Tokens: tokens}
}
