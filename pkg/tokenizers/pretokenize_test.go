package tokenizers

import (
	"encoding/binary"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestLeadingAlphanumerics(t *testing.T) {
	const alphanumerics = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 9 {
		for other := range 256 {
			text := make([]byte, 8)
			for i := range text {
				text[i] = alphanumerics[r.IntN(len(alphanumerics))]
			}
			want := 8
			if n < 8 {
				if text[n] = byte(other); strings.IndexByte(alphanumerics, byte(other)) < 0 {
					want = n
				}
				for i := n + 1; i < 8; i++ {
					if text[i] = byte(r.Uint32()); want == 8 && strings.IndexByte(alphanumerics, text[i]) < 0 {
						want = i
					}
				}
			}
			if got := leadingAlphanumerics(binary.LittleEndian.Uint64(text)); got != want {
				t.Fatalf("%q: %d, want %d", text, got, want)
			}
		}
	}
}
