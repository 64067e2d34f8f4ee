package batching

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/lorabook/lorabook/internal/random"
)

// shuffle returns the random numbers of an epoch.
func (b *Batcher) shuffle(epoch int) *rand.Rand {
	return random.Numbered(b.options.Seed, random.EpochOrder, epoch)
}

// stratified divides the examples into batches of Options.Rows examples that have nearly the same number
// of tokens: the examples, sorted by length, are divided into as many strata as a batch has examples, and
// each batch takes one of each stratum, at random. So a batch of any epoch has the same mix of lengths,
// where batches of similar length would need as many shapes as there are lengths. The examples of the last
// batch, if it has fewer, are drawn from all before.
func (b *Batcher) stratified(shuffle *rand.Rand) [][]int {
	order := shuffle.Perm(len(b.ids))
	size := b.options.Rows
	rest, order := order[:len(order)%size], order[len(order)%size:]
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(len(b.ids[x]), len(b.ids[y])) })
	count := len(order) / size
	batches := make([][]int, count, count+1)
	for ; len(order) > 0; order = order[count:] {
		stratum := order[:count]
		shuffle.Shuffle(count, func(i, j int) { stratum[i], stratum[j] = stratum[j], stratum[i] })
		for i, example := range stratum {
			batches[i] = append(batches[i], example)
		}
	}
	if len(rest) > 0 {
		batches = append(batches, rest)
	}
	return batches
}

// sharing plans batches of the given examples, of which several share a row.
func (b *Batcher) sharing(batches [][]int) Sequence {
	sequence := Sequence{batcher: b}
	for _, members := range batches {
		sequence.plan = append(sequence.plan, plannedRows(rowsOf(b.ids, members, b.options.PackedShape.Length)))
	}
	return sequence
}
