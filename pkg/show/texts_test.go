package show

import (
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
)

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

// The caption of the changed predictions follows the probabilities: with several classes the right
// class can gain in all of them.
func TestEndsOfFlips(t *testing.T) {
	changes := func(by ...float64) (list []metrics.Flip) {
		for _, d := range by {
			list = append(list, metrics.Flip{ProbabilityBefore: 0.5, ProbabilityAfter: 0.5 + d})
		}
		return list
	}
	for _, c := range []struct {
		flips       []metrics.Flip
		first, last string
	}{
		{changes(.4, .4, .4, .4, .4, -.1, -.2, -.3, -.4, -.4), "the largest gain of probability", "the largest loss"},
		{changes(.4, .4, .4, .4, .4, .1, .1, -.3, -.4, -.4), "the largest gain of probability", "the smallest gain, or the largest loss"},
		{changes(.4, .4, .4, .4, .4, .1, .1, .1, .1, .1), "the largest gain of probability", "the smallest gain"},
		{changes(.4, -.1, -.1, -.1, -.1, -.2, -.3, -.3, -.4, -.4), "the largest gain of probability, or the smallest loss", "the largest loss"},
		{changes(.4), "the largest gain of probability", "the smallest gain"},
	} {
		if first, last := gains(c.flips), losses(c.flips); first != c.first || last != c.last {
			t.Errorf("%q, %q, expected %q, %q", first, last, c.first, c.last)
		}
	}
}
