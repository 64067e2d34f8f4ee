package heap

import (
	"testing"
	"weak"
)

// TestAdd: at most Step bytes of garbage exist while values are replaced, and none after Return.
func TestAdd(t *testing.T) {
	const size = Step / 4
	values := make([][]byte, 10)
	before := make([]weak.Pointer[byte], len(values))
	for i := range values {
		values[i] = make([]byte, size)
		before[i] = weak.Make(&values[i][0])
	}
	garbage := func(replaced int) (bytes int) {
		for _, p := range before[:replaced] {
			if p.Value() != nil {
				bytes += size
			}
		}
		return bytes
	}
	var replaced Replaced
	for i := range values {
		values[i] = nil
		replaced.Add(size)
		if n := garbage(i + 1); n >= Step {
			t.Fatalf("%d bytes of replaced values are in memory after %d, expected fewer than %d", n, i+1, Step)
		}
	}
	replaced.Return()
	if n := garbage(len(values)); n != 0 {
		t.Errorf("%d bytes of replaced values are in memory after Return, expected none", n)
	}
}
