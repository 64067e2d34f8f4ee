package pretrain

import (
	"math"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
)

// pretrainingScope is the scope of trainable weights that are not part of the model.
const pretrainingScope = "pretraining_"

// bagScope contains the projection between a row's pooled output and the head of the
// bag-of-words loss.
const bagScope = pretrainingScope + "bag"

// addBagProjection adds the projection of bagScope to the model's store, newly initialized.
func addBagProjection(m *bert.Model, seed int64) {
	addProjection(m, bagScope, m.Config.HiddenSize, m.Config.HiddenSize, random.Named(seed, bagScope))
}

// rareShare is the frequency up to which a token has its full weight in a bag. The weight of
// more frequent tokens decreases with the square root of their frequency, like word2vec's
// subsampling of frequent words (Mikolov et al. 2013, arXiv:1310.4546).
const rareShare = 1e-4

// bagWeights returns the weight of each token of the vocabulary; special tokens have weight 0.
func (m masker) bagWeights(texts [][]int32) []float64 {
	counts, total := make([]float64, m.t.VocabSize()), 0.0
	for _, text := range texts {
		for _, id := range text {
			counts[id]++
			total++
		}
	}
	weights := make([]float64, len(counts))
	for id, n := range counts {
		if n > 0 && !m.special[int32(id)] {
			weights[id] = min(1, math.Sqrt(rareShare*total/n))
		}
	}
	return weights
}

// fillBags returns, for each row, the weighted token frequencies of the other row of its pair:
// [rows, vocab]. Each row's sum is 1, or 0 if all weights are 0.
func fillBags(texts [][]int32, rows []row, weights []float64) []float32 {
	bags := make([]float32, len(rows)*len(weights))
	for r := range rows {
		pair := rows[r^1]
		bag := bags[r*len(weights) : (r+1)*len(weights)]
		text := texts[pair.text][pair.from:pair.to]
		sum := 0.0
		for _, id := range text {
			sum += weights[id]
		}
		if sum == 0 {
			continue
		}
		for _, id := range text {
			bag[id] += float32(weights[id] / sum)
		}
	}
	return bags
}
