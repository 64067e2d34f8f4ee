package canvas

import "testing"

// Letters from right to left are in the order in which they are seen.
func TestVisual(t *testing.T) {
	for line, want := range map[string]string{
		"abc":       "abc",
		"אבג":       "גבא",
		"אב (ab)":   "בא (ab)",
		"ab אבג cd": "ab גבא cd",
		"":          "",
	} {
		if got := visual(line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}

// A letter that the font lacks is a square, with its marks and joiners.
func TestSquares(t *testing.T) {
	for line, want := range map[string]string{
		"größer “a” – Ёж": "größer “a” – Ёж",
		"好评 a":            "□□ a",
		"👩\u200d🚀 b":      "□□ b",
	} {
		if got := squares(handler.face(TextStyle(TextPt, true, Ink).Font), line); got != want {
			t.Errorf("%q: %q, want %q", line, got, want)
		}
	}
}
