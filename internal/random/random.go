// Package random creates random number generators from a seed and a purpose:
//
//	rng := random.Numbered(seed, random.ClassDraw, class)
//	i := rng.IntN(n)
package random

import (
	"hash/fnv"
	"math/rand/v2"
)

// Named returns a generator that depends only on the seed and the name. Its numbers do not
// depend on the engine, the order of the tensors, or other generators.
func Named(seed int64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// Purpose is the use of a seed's random numbers. Two purposes of one seed have different
// numbers.
type Purpose int

// The purposes. Their numbers decide which examples a seed draws: they must not change.
const (
	ClassDraw    Purpose = iota + 1 // the examples of a class, by its label
	EpochOrder                      // the order of an epoch's batches, by the epoch
	LabelDraw                       // the examples with several labels each
	QuantileDraw                    // the bins of examples with numbers
)

// Numbered returns the generator of a class or an epoch: it depends on the seed, the
// purpose and the number n alone.
func Numbered(seed int64, purpose Purpose, n int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(purpose)<<56^uint64(n)))
}
