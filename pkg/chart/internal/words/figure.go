package words

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Figure is the figure behind [chart.Words].
type Figure struct {
	Up, Down string // what a positive and a negative effect mean
	Texts    []Text
	Largest  float64 // magnitude of an effect
}

// Text is a text, with the effect of every word.
type Text struct {
	Name  string
	Words []Word
}

// Word is a word and its effect.
type Word struct {
	Text   string
	Effect float64
}

const (
	mostListed = 10 // words of a text whose effects Numbers lists
	// leastMarked is the part of the largest effect below which a word stays plain.
	leastMarked = 0.125
)

// Kind is the name in identifiers and errors.
func (w *Figure) Kind() string { return "words" }

// strength returns an effect as a share of the largest, -1 to 1; 0 for one too
// small to be marked.
func (w *Figure) strength(effect float64) float64 {
	if math.Abs(effect) < leastMarked*w.Largest || w.Largest == 0 {
		return 0
	}
	return effect / w.Largest
}

// signed writes an effect with its sign.
func signed(effect float64) string {
	if effect > 0 {
		return "+" + canvas.Number(effect)
	}
	return canvas.Number(effect)
}

// meaning describes an effect in words.
func (w *Figure) meaning(effect float64) string {
	switch {
	case effect > 0:
		return signed(effect) + " " + w.Up
	case effect < 0:
		return signed(effect) + " " + w.Down
	}
	return "no effect"
}

// Numbers describes each text in words.
func (w *Figure) Numbers() []string {
	out := []string{fmt.Sprintf("+ %s, - %s", w.Up, w.Down)}
	for _, t := range w.Texts {
		var all []string
		for _, word := range t.Words {
			all = append(all, word.Text)
		}
		out = append(out, t.Name+": "+strings.Join(all, " "), "  strongest: "+w.Strongest(t))
	}
	return out
}

// Strongest lists the marked words with the largest effects, largest first; of
// equal ones that which stands first.
func (w *Figure) Strongest(t Text) string {
	var marked []Word
	for _, word := range t.Words {
		if w.strength(word.Effect) != 0 {
			marked = append(marked, word)
		}
	}
	if len(marked) == 0 {
		return "none, every effect is near 0"
	}
	slices.SortStableFunc(marked, func(a, b Word) int { return cmp.Compare(math.Abs(b.Effect), math.Abs(a.Effect)) })
	var listed []string
	for _, word := range marked[:min(mostListed, len(marked))] {
		listed = append(listed, bare(word.Text)+" "+signed(word.Effect))
	}
	return strings.Join(listed, ", ")
}

// bare returns a word without the marks of punctuation around it, if anything
// is left then.
func bare(word string) string {
	if inner := strings.Trim(word, `.,;:!?…"'“”‘’()`); inner != "" {
		return inner
	}
	return word
}
