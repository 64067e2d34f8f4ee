package chart

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/words"
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

const (
	maxTexts = 4
	maxWords = 400 // of all texts
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
	w := &words.Figure{Up: labels.X, Down: labels.Y}
	var names []string
	var checked []WordText
	n := 0
	for _, t := range texts {
		t = WordText{oneLine(t.Name), slices.Clone(t.Words)}
		names = append(names, t.Name)
		n += len(t.Words)
		checked = append(checked, t)
	}
	if err := checkNames(labels.Title, "texts", names, maxTexts); err != nil {
		return Chart{}, err
	}
	if n > maxWords {
		return Chart{}, &DataError{labels.Title, "texts", fmt.Sprintf("have %d words in all, expected at most %d; draw several charts", n, maxWords)}
	}
	for _, t := range checked {
		if err := t.check(labels.Title); err != nil {
			return Chart{}, err
		}
		text := words.Text{Name: t.Name}
		for _, word := range t.Words {
			w.Largest = max(w.Largest, math.Abs(word.Effect))
			text.Words = append(text.Words, words.Word(word))
		}
		w.Texts = append(w.Texts, text)
	}
	return newChart(labels, w, w.Texts)
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
