// Package memorytest bounds the memory that a reader allocates for an input of any kind, for fuzz
// targets:
//
//	f.Fuzz(func(t *testing.T, content []byte) {
//		memorytest.Bounded(t, len(content), func() { _, err = Parse(content) })
//		...
//	})
//
// A reader that allocates what a header states, or squares the size of its input, fails.
package memorytest

import (
	"runtime/metrics"
	"testing"
)

// A reader may allocate Factor times the size of its input, and Least bytes in any case: buffers
// and tables of a constant size.
const (
	Factor = 16
	Least  = 64 << 20
)

// Bounded calls read, which reads size bytes, and fails the test if this process has allocated more
// than [Least] bytes and more than [Factor] times the size meanwhile. Memory that was freed again
// counts, so that the result does not depend on the collector; tests that run in parallel count,
// too.
func Bounded(t testing.TB, size int, read func()) {
	t.Helper()
	before := allocated()
	read()
	if used, most := allocated()-before, max(Factor*uint64(size), Least); used > most {
		t.Errorf("%d MiB were allocated for an input of %d bytes, expected at most %d MiB", used>>20, size, most>>20)
	}
}

// allocated returns the bytes of all allocations of this process so far.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
