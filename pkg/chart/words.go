package chart

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// WordText is a text of which every word has an effect.
type WordText struct {
	// Name stands above the text, as "review 17". Required, unique in the chart.
	Name string
	// Words in their order, at least one.
	Words []Word
}

// Word is a word of a text, with what it does to a model's answer.
type Word struct {
	// Text is written as it is; a space follows it. Required.
	Text string
	// Effect is how far the word moves the answer, either way, in any unit that
	// all words of the chart share.
	Effect float64
}

// words is the figure behind [Words].
type words struct {
	up, down string // what a positive and a negative effect mean
	texts    []WordText
	largest  float64 // magnitude of an effect
}

const (
	maxTexts = 4
	maxWords = 400 // of all texts
	maxTold  = 10  // words of a text whose effects numbers tells
	// leastTold is the part of the largest effect below which a word stays plain.
	leastTold = 0.125
)

// Words draws texts whose words are marked by what they do to a model's answer:
// blue and underlined where the effect is positive, vermillion and underlined
// with dashes where it is negative, the stronger the nearer its magnitude comes
// to the largest of the chart. Words with less than an eighth of that stay
// plain. Lines are as wide as the chart and broken between words; a word wider
// than that is cut.
//
// A line above the texts shows the two marks: Labels.X says what a positive
// effect means, as "towards positive", and Labels.Y a negative one. They become
// "raises the answer" and "lowers the answer" where empty.
//
// Texts are at most 4, of at most 400 words in all. A fault in the data is a
// [*DataError].
func Words(labels Labels, texts ...WordText) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("words"); err != nil {
		return Chart{}, err
	}
	if labels.X == "" {
		labels.X = "raises the answer"
	}
	if labels.Y == "" {
		labels.Y = "lowers the answer"
	}
	if labels.X == labels.Y {
		return Chart{}, &DataError{labels.Title, "labels X and Y", fmt.Sprintf("are both %q; say what sets a positive effect apart from a negative one", labels.X)}
	}
	w := &words{up: labels.X, down: labels.Y}
	var names []string
	n := 0
	for _, t := range texts {
		t = WordText{oneLine(t.Name), slices.Clone(t.Words)}
		names = append(names, t.Name)
		n += len(t.Words)
		w.texts = append(w.texts, t)
	}
	if err := checkNames(labels.Title, "texts", names, maxTexts); err != nil {
		return Chart{}, err
	}
	if n > maxWords {
		return Chart{}, &DataError{labels.Title, "texts", fmt.Sprintf("have %d words in all, at most %d can be read; draw several charts", n, maxWords)}
	}
	for _, t := range w.texts {
		if err := t.check(labels.Title); err != nil {
			return Chart{}, err
		}
		for _, word := range t.Words {
			w.largest = max(w.largest, math.Abs(word.Effect))
		}
	}
	return newChart(labels, w, w.texts)
}

// check cleans the words and refuses what cannot be drawn.
func (t WordText) check(title string) error {
	part := fmt.Sprintf("text %q", t.Name)
	if len(t.Words) == 0 {
		return &DataError{title, part, "has no words; give at least one"}
	}
	for i := range t.Words {
		word := &t.Words[i]
		if word.Text = oneLine(word.Text); word.Text == "" {
			return &DataError{title, fmt.Sprintf("%s, word %d", part, i), "is empty; leave it out"}
		}
		if !drawable(word.Effect) {
			return &DataError{title, fmt.Sprintf("%s, word %d %q", part, i, word.Text), fmt.Sprintf("has effect %v; give finite numbers below 1e100", word.Effect)}
		}
	}
	return nil
}

func (w *words) Kind() string { return "words" }

// strength returns an effect's part of the largest, -1 to 1; 0 for one too
// small to be marked.
func (w *words) strength(effect float64) float64 {
	if math.Abs(effect) < leastTold*w.largest || w.largest == 0 {
		return 0
	}
	return effect / w.largest
}

// signed writes an effect with its sign.
func signed(effect float64) string {
	if effect > 0 {
		return "+" + canvas.Number(effect)
	}
	return canvas.Number(effect)
}

// meaning says an effect in words.
func (w *words) meaning(effect float64) string {
	switch {
	case effect > 0:
		return signed(effect) + " " + w.up
	case effect < 0:
		return signed(effect) + " " + w.down
	}
	return "no effect"
}

func (w *words) Numbers() []string {
	out := []string{fmt.Sprintf("+ %s, - %s", w.up, w.down)}
	for _, t := range w.texts {
		var all []string
		for _, word := range t.Words {
			all = append(all, word.Text)
		}
		out = append(out, t.Name+": "+strings.Join(all, " "), "  strongest: "+w.strongest(t))
	}
	return out
}

// strongest lists the marked words with the largest effects, largest first; of
// equal ones that which stands first.
func (w *words) strongest(t WordText) string {
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
	var told []string
	for _, word := range marked[:min(maxTold, len(marked))] {
		told = append(told, bare(word.Text)+" "+signed(word.Effect))
	}
	return strings.Join(told, ", ")
}

// bare returns a word without the marks of punctuation around it, if anything
// is left then.
func bare(word string) string {
	if inner := strings.Trim(word, `.,;:!?…"'“”‘’()`); inner != "" {
		return inner
	}
	return word
}
