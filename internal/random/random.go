// Package random makes the generators that fresh weights are drawn from.
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
