package tokenizers

import (
	"math/rand/v2"
	"testing"
)

// TestEightBytes: every byte at every place, beside any others.
func TestEightBytes(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	say := func(yes bool, bit uint64) uint64 {
		if yes {
			return bit
		}
		return 0
	}
	for b := range 256 {
		for place := range 8 {
			text := make([]byte, 8)
			for i := range text {
				text[i] = byte(r.Uint32())
			}
			text[place] = byte(b)
			x, bit := eightBytes(string(text)), uint64(1)<<place
			letter := b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z'
			if got, want := asBits(notVisible(x))>>56&bit, say(b < ' ' || b > '~', bit); got != want {
				t.Errorf("notVisible says %d of byte %#x of %q, want %d", got, b, text, want)
			}
			if b > 0x7F {
				continue
			}
			if got, want := asBits(alphanumeric(x))>>56&bit, say(letter, bit); got != want {
				t.Errorf("alphanumeric says %d of byte %#x of %q, want %d", got, b, text, want)
			}
			for c := range 0x81 {
				if got, want := asBits(atLeast(x, uint64(c)))>>56&bit, say(b >= c, bit); got != want {
					t.Errorf("atLeast %#x says %d of byte %#x of %q, want %d", c, got, b, text, want)
				}
			}
		}
	}
}
