package run

import (
	"strings"
	"testing"
)

func TestScreen(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"a\nb":                    "a\nb",
		"a\r\nb\r\n":              "a\nb\n",
		"10%\r20%\r100%\ndone":    "100%\ndone",
		"longer\rab":              "abnger",
		"longer\r\x1b[Kab":        "ab",
		"longer\x1b[2K\rab":       "ab",
		"abc\x1b[1K":              "   ",
		"abc\r\x1b[0Kd":           "d",
		"abc\b\bX":                "aXc",
		"a\b\b\bX":                "X",
		"\x1b[31mred\x1b[0m":      "\x1b[31mred\x1b[0m",
		"héé\rHÉ":                 "HÉé",
		"a\x1b[2Kb":               " b",
		"tab\tstays\x1b":          "tab\tstays\x1b",
		"50%\r":                   "50%",
		"wörld \xff broken\rW":    "Wörld \ufffd broken",
		"日本\r語":                   "語本",
		"\x1b[12":                 "\x1b[12",
		"one\n\x1b[Ktwo\n\rthree": "one\ntwo\nthree",
	} {
		var whole screen
		whole.write(text)
		if got := whole.String(); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// What is shown does not depend on where the pieces were cut.
func FuzzScreen(f *testing.F) {
	f.Add("a\r\x1b[K\bé\n", 3)
	f.Add("50%\r\x1b[2K100%\n\x1b[31mred", 5)
	f.Fuzz(func(t *testing.T, text string, piece int) {
		text = strings.ToValidUTF8(text, "?")
		var whole, pieces screen
		whole.write(text)
		for rest := text; rest != ""; {
			n := min(len(rest), 1+max(piece, -piece-1)%7)
			pieces.write(rest[:n])
			rest = rest[n:]
		}
		if whole.String() != pieces.String() {
			t.Errorf("%q: %q in one, %q in pieces", text, whole.String(), pieces.String())
		}
	})
}
