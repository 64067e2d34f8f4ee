package show

import "testing"

// The beginning of a text ends after a word, and a long word is cut.
func TestBeginning(t *testing.T) {
	for _, test := range []struct {
		text       string
		characters int
		want       string
	}{
		{"A short  text\nof two lines", 30, "A short text of two lines"},
		{"A short text", 12, "A short text"},
		{"The film is longer", 9, "The film …"},
		{"The film is longer", 10, "The film …"},
		{"The film is longer", 11, "The film is …"},
		{"A Donaudampfschifffahrt", 12, "A Donaudampf …"},
		{"größer und länger", 8, "größer …"},
	} {
		if got := beginning(test.text, test.characters); got != test.want {
			t.Errorf("%q, %d characters: %q, expected %q", test.text, test.characters, got, test.want)
		}
	}
}
