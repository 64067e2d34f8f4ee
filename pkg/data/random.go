package data

import "math/rand/v2"

// What random numbers are drawn for: a seed that serves two purposes must not
// give them the same numbers.
const (
	drawClass = iota + 1
	drawEpoch
)

// random is the stream of numbers that seed gives the nth class or epoch.
func random(seed int64, purpose, n int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(seed), uint64(purpose)<<56^uint64(n)))
}
