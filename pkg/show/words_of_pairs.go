package show

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// PairExplainer is an [Explainer] of pairs of texts, such as *classify.Classifier.
type PairExplainer interface {
	ClassifyExamples(ctx context.Context, examples []data.Example) ([]classify.Answer, error)
	WordsOfPair(ctx context.Context, text, pair, class string) (ofText, ofPair []classify.WordEffect, err error)
}

// separator stands between the words of the two texts of a pair.
const separator = "[SEP]"

// asPair returns c as a PairExplainer.
func asPair(c Explainer) (PairExplainer, error) {
	if p, ok := c.(PairExplainer); ok {
		return p, nil
	}
	return nil, fmt.Errorf("show: a %T classifies no pairs of texts: expected a PairExplainer", c)
}

// needsPair reports whether the error of a classifier states that it was trained on pairs.
func needsPair(err error) bool {
	var pairs *classify.PairsError
	return errors.As(err, &pairs)
}

// classify returns the prediction for a text or a pair.
func (t Text) classify(ctx context.Context, c Explainer) (classify.Answer, error) {
	var answers []classify.Answer
	var err error
	if t.Pair == "" {
		answers, err = c.Classify(ctx, []string{t.Text})
	}
	if t.Pair != "" || needsPair(err) {
		var p PairExplainer
		if p, err = asPair(c); err == nil {
			answers, err = p.ClassifyExamples(ctx, []data.Example{{Text: t.Text, TextPair: t.Pair}})
		}
	}
	if err != nil {
		return classify.Answer{}, err
	}
	return answers[0], nil
}

// words returns the effects of the words of a text, or of both texts of a pair with the separator
// between them.
func (t Text) words(ctx context.Context, c Explainer, class string) ([]classify.WordEffect, error) {
	if t.Pair == "" {
		if effects, err := c.Words(ctx, t.Text, class); !needsPair(err) {
			return effects, err
		}
	}
	p, err := asPair(c)
	if err != nil {
		return nil, err
	}
	first, second, err := p.WordsOfPair(ctx, t.Text, t.Pair, class)
	return slices.Concat(first, []classify.WordEffect{{Text: separator}}, second), err
}

// shorten cuts a text, or both texts of a pair, to a number of words in all, with a note.
func (f *Figures) shorten(t Text, room int) Text {
	if t.Pair != "" {
		room /= 2
	}
	cut := func(text, name string) string {
		words := strings.Fields(text)
		if len(words) > room {
			f.note("%s: only the first %d of %d words", name, room, len(words))
			words = words[:room]
		}
		return strings.Join(words, " ")
	}
	t.Text = cut(t.Text, t.Name)
	if t.Pair != "" {
		t.Pair = cut(t.Pair, t.Name+", second text")
	}
	return t
}

// String returns the text, or both texts of a pair.
func (t Text) String() string {
	if t.Pair == "" {
		return t.Text
	}
	return t.Text + " " + separator + " " + t.Pair
}

// textOf returns an example's texts under a name.
func textOf(name string, e data.Example) Text {
	return Text{Name: name, Text: e.Text, Pair: e.TextPair}
}
