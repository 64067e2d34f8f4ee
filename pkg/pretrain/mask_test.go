package pretrain

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// likely reports whether n of trials is within five standard deviations of the expectation for
// the probability p.
func likely(n, trials int, p float64) bool {
	return math.Abs(float64(n)-p*float64(trials)) <= 5*math.Sqrt(float64(trials)*p*(1-p))
}

// The test counts over many batches: the share of masked tokens per row, equal frequency of every
// position, 80 % [MASK], 10 % another token, with equal frequency of every token, and 10 %
// unchanged.
func TestMaskedTokens(t *testing.T) {
	tokenizer := toyTokenizer(t)
	texts := someTexts(20, 20, 20, 20, 20, 20, 20, 20)
	p := Pretraining{Mask: 0.15, Seed: 6, Stages: []Stage{{Steps: 2000, Rows: 8, Length: 22}}}
	m := newMaskedRows(tokenizer, texts, p, currentRules)
	places, drawn := make([]int, 22), map[int32]int{}
	masks, others, stays, all := 0, 0, 0, 0
	for step := range 2000 {
		b, err := m.batchOf(step)
		if err != nil {
			t.Fatal(err)
		}
		if b.places != 3 || b.hidden() != 8*3 {
			t.Fatalf("step %d masks %d tokens in %d places, expected 3 of 20 in each row", step, b.hidden(), b.places)
		}
		for i, label := range b.labels {
			at := b.positions[i]
			places[at]++
			all++
			switch id := b.ids[i/b.places*b.length+int(at)]; id {
			case tokenizer.MASK():
				masks++
			case label:
				stays++
			default:
				others++
				drawn[id]++
			}
		}
	}
	const own = 1. / 43 // probability that a random token is the original one
	if !likely(masks, all, 0.8) || !likely(others, all, 0.1*(1-own)) || !likely(stays, all, 0.1+0.1*own) {
		t.Errorf("of %d tokens %d became [MASK], %d another token, %d stayed unchanged", all, masks, others, stays)
	}
	for at, n := range places {
		if inside := at > 0 && at < 21; inside && !likely(n, all, 1./20) || !inside && n > 0 {
			t.Errorf("position %d is masked %d of %d times", at, n, all)
		}
	}
	for id := range int32(48) {
		if n := drawn[id]; id < 5 && n > 0 || id >= 5 && !likely(n, others, own) {
			t.Errorf("token %d is drawn %d of %d times", id, n, others)
		}
	}
}

// Unknown words, and [MASK] in the text itself, are never labels.
func TestSpecialTokensAreNeverMasked(t *testing.T) {
	tokenizer := toyTokenizer(t)
	texts := someTexts(10, 10, 10, 10)
	for i, text := range texts {
		for j := range text {
			if (i+j)%2 == 0 {
				text[j] = int32(j % 5)
			}
		}
	}
	texts = append(texts, []int32{tokenizer.UNK()}, []int32{tokenizer.UNK(), tokenizer.SEP()}, []int32{9})
	m := newMaskedRows(tokenizer, texts, Pretraining{Mask: 0.9, Seed: 6, Stages: []Stage{{Steps: 100, Rows: 7, Length: 12}}}, currentRules)
	for step := range 100 {
		b, err := m.batchOf(step)
		if err != nil {
			t.Fatal(err)
		}
		if want := 4*5 + 1; b.hidden() != want { // each long text has 5 of the 9 tokens to mask
			t.Fatalf("step %d masks %d tokens, expected %d", step, b.hidden(), want)
		}
		for _, label := range b.labels {
			if label >= 0 && label < 5 {
				t.Fatalf("step %d masks the special token %d", step, label)
			}
		}
	}
}

// Additional special tokens of the tokenizer are never labels and never drawn. A training that began
// by the first rules masks them as before.
func TestAdditionalSpecialTokensAreNeverMasked(t *testing.T) {
	vocab := append([]string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[USER]"}, strings.Split("abcdefgh", "")...)
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{Added: []tokenizers.AddedToken{
		{Content: "[USER]", Special: true}, {Content: "[URL]", Special: true}, {Content: "<word>"}}})
	if err != nil {
		t.Fatal(err)
	}
	const user, url, word = 5, 14, 15
	text := tokenizer.Encode("[USER] a [URL] b <word> c", 0)
	if want := []int32{2, user, 6, url, 7, word, 8, 3}; !slices.Equal(text, want) {
		t.Fatalf("the text has the tokens %v, expected %v", text, want)
	}
	texts := slices.Repeat([][]int32{text[1 : len(text)-1]}, 8)
	p := Pretraining{Mask: 0.9, Seed: 6, Stages: []Stage{{Steps: 300, Rows: 8, Length: 8}}}
	for _, r := range []rules{firstRules, currentRules} {
		m := newMaskedRows(tokenizer, texts, p, r)
		labels, drawn := map[int32]int{}, map[int32]int{}
		for step := range 300 {
			b, err := m.batchOf(step)
			if err != nil {
				t.Fatal(err)
			}
			for i, label := range b.labels {
				if label >= 0 {
					labels[label]++
					drawn[b.ids[i/b.places*b.length+int(b.positions[i])]]++
				}
			}
		}
		for _, id := range []int32{user, url} {
			if seen := labels[id] > 0 && drawn[id] > 0; seen != (r == firstRules) || seen != (labels[id]+drawn[id] > 0) {
				t.Errorf("rules %d: token %d is predicted %d times and drawn or kept %d times", r, id, labels[id], drawn[id])
			}
		}
		if labels[word] == 0 || drawn[word] == 0 {
			t.Errorf("rules %d: the added token that is not special is predicted %d times and drawn %d times", r, labels[word], drawn[word])
		}
	}
}
