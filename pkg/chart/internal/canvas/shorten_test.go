package canvas

import (
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// TestShorten compares with the removal of one letter after another, which takes too long for long
// texts, of letters with kerning, narrow and wide ones.
func TestShorten(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	letters := []rune("AVTWLYoaei.,-il wmM…é漢")
	cut := 0
	for _, bold := range []bool{false, true} {
		style := TextStyle(TextPt, bold, color.Black)
		for range 1000 {
			runes := make([]rune, rng.IntN(40))
			for i := range runes {
				runes[i] = letters[rng.IntN(len(letters))]
			}
			text, limit := string(runes), vg.Length(rng.IntN(200))
			want := text
			if style.Width(text) > limit {
				n := len(runes)
				for n > 1 && style.Width(string(runes[:n])+"…") > limit {
					n--
				}
				want = string(runes[:n]) + "…"
				cut++
			}
			if got := Shorten(text, style, limit); got != want {
				t.Errorf("%q in %v: %q, expected %q", text, limit, got, want)
			}
		}
	}
	if cut < 500 {
		t.Errorf("only %d texts were too wide", cut)
	}
	style := TextStyle(TextPt, false, color.Black)
	if got := Shorten(strings.Repeat("w", 1_000_000), style, 100); len(got) > 30 || !strings.HasSuffix(got, "…") {
		t.Errorf("a long text became %q", got)
	}
}
