package safetensors

import (
	"bytes"
	"slices"
	"testing"
)

// The bytes of each number are reversed, and the numbers stay in their order; twice changes nothing.
func TestSwapped(t *testing.T) {
	for _, d := range knownDTypes {
		number := d.size
		if d.name == "C64" {
			number = 4 // real and imaginary part
		}
		raw := make([]byte, 6*d.size)
		for i := range raw {
			raw[i] = byte(i)
		}
		got := d.swapped(raw)
		for i, b := range got {
			if at := i - i%number; int(b) != at+number-1-(i-at) {
				t.Errorf("%s: swapped to %v", d.name, got)
				break
			}
		}
		if !bytes.Equal(d.swapped(got), raw) || !slices.IsSorted(raw) {
			t.Errorf("%s: swapped twice it differs, or the argument was changed", d.name)
		}
	}
}
