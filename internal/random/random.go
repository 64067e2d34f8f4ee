// Package random makes the generators of random numbers that depend on a seed and on
// what they are for.
package random

import (
	"hash/fnv"
	"math/rand/v2"
)

// Named is a generator that depends on the seed and the name alone: so neither the
// engine, nor the order of the tensors, nor which others are drawn changes its numbers.
func Named(seed int64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name)) // never fails
	return rand.New(rand.NewPCG(uint64(seed), h.Sum64()))
}

// Purpose is what a seed's random numbers are for. Two purposes of one seed have
// different numbers.
type Purpose int

// The purposes. Their numbers decide which examples a seed draws: they must not change.
const (
	ClassDraw  Purpose = iota + 1 // the examples of a class, by its label
	EpochOrder                    // the order of an epoch's batches, by the epoch
)

// Numbered returns the generator of a class or an epoch: it depends on the seed, the
// purpose and the number n alone.
func Numbered(seed int64, purpose Purpose, n int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(purpose)<<56^uint64(n)))
}
