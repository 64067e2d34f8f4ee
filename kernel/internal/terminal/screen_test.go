package terminal

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
)

func TestScreen(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"a\nb":                 "a\nb",
		"a\r\nb\r\n":           "a\nb\n",
		"10%\r20%\r100%\ndone": "100%\ndone",
		"longer\rab":           "abnger",
		"longer\r\x1b[Kab":     "ab",
		"longer\x1b[2K\rab":    "ab",
		"abc\x1b[1K":           "   ",
		"abc\r\x1b[0Kd":        "d",
		"abc\b\bX":             "aXc",
		"a\b\b\bX":             "X",
		"\x1b[31mred\x1b[0m":   "\x1b[31mred\x1b[0m",
		"héé\rHÉ":              "HÉé",
		"a\x1b[2Kb":            " b",
		"tab\tstays\x1b":       "tab\tstays\x1b",
		"50%\r":                "50%",
		"wörld \xff broken\rW": "Wörld \ufffd broken",
		"日本\r語":                "語本",
		"\x1b[12":              "\x1b[12",
		"\x1b[32m50%\x1b[0m\r\x1b[32m100%\x1b[0m":  "\x1b[32m100%\x1b[0m", // colours take no column
		"\x1b[1;31mfailed\x1b[0m\rok":              "ok\x1b[1;31miled\x1b[0m",
		"\x1b[31ma\nb\x1b[0m":                      "\x1b[31ma\nb\x1b[0m",
		"\x1b[31ma\x1b[32mb\x1b[39mc":              "\x1b[31ma\x1b[32mb\x1b[0mc",
		"\x1b[1;38;2;255;100;0mx\x1b[m":            "\x1b[1;38;2;255;100;0mx\x1b[0m",
		"\x1b[48:2::1:2:3mx":                       "\x1b[48;2;1;2;3mx",
		"\x1b[38;5;9mx\x1b[7my\x1b[27mz":           "\x1b[91mx\x1b[7my\x1b[0;91mz",
		"\x1b[?25lspin\r\x1b[?25hdone":             "done",
		"a\x1b(Bb\x1b]0;title\x07c":                "abc",
		"\x1b]8;;https://go.dev\x07Go\x1b]8;;\x07": "\x1b]8;;https://go.dev\aGo\x1b]8;;\a",
		"日本\rab":                                   "ab本", // a wide character takes two columns
		"日本\ra":                                    "a 本",
		"日\b\bx":                                   "x ",
		"e\u0301a\rx":                              "xa",
		"a\tb\rXYZ":                                "XYZ     b",
		"one: 1%\ntwo: 2%\x1b[A\rone: 100%\n\n":    "one: 100%\ntwo: 2%\n",
		"frame\x1b[2J\x1b[Hframe":                  "frameframe", // outputs are no screens
		"one\n\x1b[Ktwo\n\rthree":                  "one\ntwo\nthree",
	} {
		var whole Screen
		whole.Write(text)
		if got := whole.String(); got != want {
			t.Errorf("%q is shown as %q, want %q", text, got, want)
		}
	}
}

// What is shown does not depend on where the pieces were cut.
func FuzzScreen(f *testing.F) {
	f.Add("a\r\x1b[K\bé\n", 3)
	f.Add("\x1b[32ma\x1b[0m\r日\x1b[38;2;1;2;3mb\x1b]8;;x\ac\x1b[3A", 2)
	f.Add("50%\r\x1b[2K100%\n\x1b[31mred", 5)
	f.Add("\x1b[32mabc\x1b[2B\x17;\r日", 4) // a character without width beyond a line's end
	f.Fuzz(func(t *testing.T, text string, piece int) {
		text = strings.ToValidUTF8(text, "?")
		var whole, pieces Screen
		memorytest.Bounded(t, len(text), func() { whole.Write(text) })
		for rest := text; rest != ""; {
			n := min(len(rest), 1+max(piece, -piece-1)%7)
			pieces.Write(rest[:n])
			rest = rest[n:]
		}
		if again := new(Screen); true {
			again.Write(whole.String())
			if again.String() != whole.String() {
				t.Errorf("%q: %q, and shown again %q", text, whole.String(), again.String())
			}
		}
		if whole.String() != pieces.String() {
			t.Errorf("%q: %q in one, %q in pieces", text, whole.String(), pieces.String())
		}
	})
}
