package pretrain

import (
	"math"
	"testing"
)

// likely tells whether n of trials is what chance p gives, within five standard deviations.
func likely(n, trials int, p float64) bool {
	return math.Abs(float64(n)-p*float64(trials)) <= 5*math.Sqrt(float64(trials)*p*(1-p))
}

// TestHiddenPieces counts over many batches: the share of a row, every place equally
// often, 80 % [MASK], 10 % another piece, all pieces equally often, 10 % as they are.
func TestHiddenPieces(t *testing.T) {
	tokenizer := toyTokenizer(t)
	texts := someTexts(20, 20, 20, 20, 20, 20, 20, 20)
	p := Pretraining{Mask: 0.15, Seed: 6, Stages: []Stage{{Steps: 2000, Rows: 8, Length: 22}}}
	m := newMaskedRows(tokenizer, texts, p)
	places, drawn := make([]int, 22), map[int32]int{}
	masks, others, stays, all := 0, 0, 0, 0
	for step := range 2000 {
		b, err := m.at(step)
		if err != nil {
			t.Fatal(err)
		}
		if b.places != 3 || b.hidden() != 8*3 {
			t.Fatalf("step %d hides %d pieces in %d places, expected 3 of 20 a row", step, b.hidden(), b.places)
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
	const own = 1. / 43 // a piece drawn at random is the hidden one
	if !likely(masks, all, 0.8) || !likely(others, all, 0.1*(1-own)) || !likely(stays, all, 0.1+0.1*own) {
		t.Errorf("of %d pieces %d became [MASK], %d another, %d stayed", all, masks, others, stays)
	}
	for at, n := range places {
		if inside := at > 0 && at < 21; inside && !likely(n, all, 1./20) || !inside && n > 0 {
			t.Errorf("place %d is hidden %d of %d times", at, n, all)
		}
	}
	for id := range int32(48) {
		if n := drawn[id]; id < 5 && n > 0 || id >= 5 && !likely(n, others, own) {
			t.Errorf("piece %d is drawn %d of %d times", id, n, others)
		}
	}
}

// TestSpecialsAreNeverHidden: an unknown word is no answer, nor is a [MASK] that stands
// in the text.
func TestSpecialsAreNeverHidden(t *testing.T) {
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
	m := newMaskedRows(tokenizer, texts, Pretraining{Mask: 0.9, Seed: 6, Stages: []Stage{{Steps: 100, Rows: 7, Length: 12}}})
	for step := range 100 {
		b, err := m.at(step)
		if err != nil {
			t.Fatal(err)
		}
		if want := 4*5 + 1; b.hidden() != want { // 9 are wanted of each long text, 5 can be had
			t.Fatalf("step %d hides %d pieces, expected %d", step, b.hidden(), want)
		}
		for _, label := range b.labels {
			if label >= 0 && label < 5 {
				t.Fatalf("step %d asks for the special piece %d", step, label)
			}
		}
	}
}
