package finetune

import (
	"math"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
)

// pretrainingScope begins the names of what learns with the model and is no part of it.
const pretrainingScope = "pretraining_"

// bagScope holds the projection between a row's pooled output and the head that fills
// its bag.
const bagScope = pretrainingScope + "bag"

// addBagProjection gives the model's store that projection, fresh.
func addBagProjection(m *bert.Model, seed int64) {
	addProjection(m, bagScope, m.Config.HiddenSize, m.Config.HiddenSize, random.Named(seed, bagScope))
}

// rareShare is the share of all pieces up to which a piece has its full weight in a
// bag; that of commoner ones falls with the root of theirs, as word2vec drops frequent
// words (Mikolov et al. 2013, arXiv:1310.4546).
const rareShare = 1e-4

// bagWeights gives each piece of the vocabulary its weight; special tokens have none.
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

// fillBags gives each row the weighed shares of the pieces of the other row of its
// pair: [rows, vocab], each row's sum 1, or 0 where the pair has nothing of weight.
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
