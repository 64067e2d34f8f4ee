package pretrain

import (
	"math"
	"testing"
)

// A token with four times the share that has the full weight has half the weight. Special tokens
// and tokens that never occur have none.
func TestBagWeights(t *testing.T) {
	tokenizer := toyTokenizer(t)
	m := newMasker(tokenizer, 0.15, currentRules)
	common, rare := int32(10), int32(11)
	text := make([]int32, 10000)
	for i := range text {
		text[i] = 12
	}
	text[0] = rare
	for i := 1; i <= 4; i++ {
		text[i] = common
	}
	text[5] = tokenizer.UNK()
	weights := m.bagWeights([][]int32{text})
	for id, want := range map[int32]float64{rare: 1, common: 0.5, tokenizer.UNK(): 0, tokenizer.MASK(): 0, 13: 0, 12: math.Sqrt(1e-4 * 10000 / 9994)} {
		if got := weights[id]; math.Abs(got-want) > 1e-12 {
			t.Errorf("token %d has weight %v, expected %v", id, got, want)
		}
	}
}

// The bag of a row contains the token frequencies of the other row of its pair, masked tokens
// included.
func TestBags(t *testing.T) {
	texts := [][]int32{{5, 6, 6, 7, 8, 8}, {9, 9, 5, 9}}
	weights := []float64{0, 0, 0, 0, 0, 1, 0.5, 0.25, 1, 0}
	rows := []row{{0, 0, 3}, {0, 3, 6}, {1, 0, 2}, {1, 2, 4}}
	want := [][]float32{
		{7: 0.25 / 2.25, 8: 2 / 2.25, 9: 0},
		{5: 0.5, 6: 0.5, 9: 0},
		{5: 1, 9: 0},
		{9: 0}, // no token with a weight
	}
	bags := fillBags(texts, rows, weights)
	for r := range want {
		for id, share := range want[r] {
			if got := bags[r*len(weights)+id]; math.Abs(float64(got-share)) > 1e-6 {
				t.Errorf("row %d has the share %v of token %d, expected %v", r, got, id, share)
			}
		}
	}
}
