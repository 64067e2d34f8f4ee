package printable_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/internal/printable"
)

func TestForms(t *testing.T) {
	const in = " a\x1b[31m\tb\r\nc\u2028d\x00\u0085  e\xff\uFFFE "
	for name, c := range map[string]struct{ got, want string }{
		"Text":     {printable.Text(in), "a [31m\tb \nc d    e\uFFFD"},
		"Line":     {printable.Line(in), "a [31m b c d e\uFFFD"},
		"Marked":   {printable.Marked(in), "a\uFFFD[31m b c d\uFFFD e\uFFFD\uFFFD"},
		"Stripped": {printable.Stripped(in), "a[31m bcd  e\uFFFD"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, expected %q", name, c.got, c.want)
		}
	}
}

func FuzzForms(f *testing.F) {
	f.Add("a\x1b]0;title\x07b\u009b31m\u2029")
	f.Fuzz(func(t *testing.T, in string) {
		for name, form := range map[string]func(string) string{
			"Text": printable.Text, "Line": printable.Line, "Marked": printable.Marked, "Stripped": printable.Stripped,
		} {
			var out string
			memorytest.Bounded(t, len(in), func() { out = form(in) })
			if !utf8.ValidString(out) || out != strings.TrimSpace(out) {
				t.Errorf("%s: %q", name, out)
			}
			for _, r := range out {
				if printable.Control(r) && (name != "Text" || r != '\n' && r != '\t') || name == "Marked" && !unicode.IsPrint(r) {
					t.Errorf("%s: %q has %q", name, out, r)
				}
			}
		}
	})
}
