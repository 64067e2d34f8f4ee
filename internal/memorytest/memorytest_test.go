package memorytest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// recorder keeps the error of a check.
type recorder struct {
	testing.TB
	said string
}

func (r *recorder) Helper() {}
func (r *recorder) Errorf(format string, args ...any) {
	r.said = fmt.Sprintf(format, args...)
}

var kept []byte

func TestBounded(t *testing.T) {
	const mib = 1 << 20
	for _, c := range []struct {
		size   int
		reads  []int // sizes of allocations
		refuse bool
	}{
		{size: 0, reads: []int{1, 1 << 10, 60 * mib}},
		{size: 0, reads: []int{65 * mib}, refuse: true},
		{size: 0, reads: []int{40 * mib, 40 * mib}, refuse: true}, // the first is garbage by then
		{size: 5 * mib, reads: []int{79 * mib}},
		{size: 5 * mib, reads: []int{81 * mib}, refuse: true},
	} {
		r := &recorder{TB: t}
		memorytest.Bounded(r, c.size, func() {
			for _, n := range c.reads {
				kept = make([]byte, n)
			}
		})
		kept = nil
		if refused := strings.Contains(r.said, "MiB were allocated"); refused != c.refuse {
			t.Errorf("%d bytes, allocations of %v bytes: %q", c.size, c.reads, r.said)
		}
	}
}
