package classify

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// WordEffect is the contribution of a word to a prediction.
type WordEffect struct {
	Text string // the word in the text, with adjacent punctuation ("dull,")
	// Effect is the increase of the class's log-odds by the word, in nats: 0.7 doubles the odds,
	// -0.7 halves them. For data.Regression it is the increase of the number.
	Effect float64
}

// Words returns the contribution of each word of a text to the prediction of the class. The
// text is classified once completely and once without each word (leave-one-out, or occlusion;
// Zeiler and Fergus 2014, arXiv:1311.2901). Words are separated by white space. Words classifies
// one text more than there are words. The sum of the effects is not the log-odds of the
// prediction, since words interact. The error is a *PairsError if the training examples were pairs
// of texts, and a *TextError for a text that is empty once it is cleaned.
//
// A model for data.TokenClassification is a *TaskError. For data.MultiLabel the log-odds are those of the class against its absence. For
// data.Regression class is the name of the number, or "".
func (c *Classifier) Words(ctx context.Context, text, class string) ([]WordEffect, error) {
	if c.predictor.encoder.Pairs {
		return nil, &PairsError{}
	}
	effects, _, err := c.words(ctx, text, "", class, false)
	return effects, err
}

// WordsOfPair is Words for the words of both texts of a pair.
func (c *Classifier) WordsOfPair(ctx context.Context, text, pair, class string) (ofText, ofPair []WordEffect, err error) {
	return c.words(ctx, text, pair, class, true)
}

func (c *Classifier) words(ctx context.Context, text, pair, class string, pairs bool) (ofText, ofPair []WordEffect, err error) {
	if t := c.Task(); t == data.TokenClassification {
		return nil, nil, &TaskError{Task: t, Call: "Words", Use: callsOf(t)}
	}
	at := slices.Index(c.model.Config.Labels, class)
	if c.Task() == data.Regression && class == "" {
		at = 0
	}
	if at < 0 {
		return nil, nil, fmt.Errorf("words for class %q: expected one of %q", class, c.model.Config.Labels)
	}
	first, second := strings.Fields(data.Clean(text)), strings.Fields(data.Clean(pair))
	if len(first) == 0 {
		return nil, nil, &TextError{Reason: emptyText}
	}
	words := slices.Concat(first, second)
	examples := make([]data.Example, 0, len(words)+1)
	for i := -1; i < len(words); i++ { // -1 leaves out no word
		examples = append(examples, data.Example{ID: fmt.Sprint(i), Text: without(first, i), TextPair: without(second, i-len(first))})
	}
	prepared, err := c.predictor.Prepare(examples, c.predictor.encode(examples, pairs))
	if err != nil {
		return nil, nil, err
	}
	var predictions *TaskPredictions
	err = c.alone(ctx, func() error {
		predictions, err = c.predictor.PredictTask(ctx, prepared, nil, "", nil)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	effects, err := predictions.effects(at, words)
	if err != nil {
		return nil, nil, fmt.Errorf("words for class %q: %w", class, err)
	}
	return effects[:len(first)], effects[len(first):], nil
}

// effects returns the effects of words on a class: the first example is the whole text, and the
// others are the texts without each word.
func (p *TaskPredictions) effects(class int, words []string) ([]WordEffect, error) {
	whole := p.evidence(0, class)
	effects := make([]WordEffect, len(words))
	for i, word := range words {
		effects[i] = WordEffect{word, whole - p.evidence(i+1, class)}
		if e := effects[i].Effect; math.IsNaN(e) || math.IsInf(e, 0) {
			return nil, fmt.Errorf("the model's answer without %q is not finite", word)
		}
	}
	return effects, nil
}

// without joins the words except word i; an i that is no index leaves out none.
func without(words []string, i int) string {
	if i < 0 || i >= len(words) {
		return strings.Join(words, " ")
	}
	return strings.Join(slices.Delete(slices.Clone(words), i, i+1), " ")
}

// evidence returns the log-odds of a class for an example, or the number of a regression.
func (p *TaskPredictions) evidence(example, class int) float64 {
	switch {
	case p.Regression != nil:
		return p.Regression.Answers[example]
	case p.MultiLabel != nil:
		return float64(p.MultiLabel.Logits[example*len(p.MultiLabel.Classes)+class])
	}
	k := len(p.SingleLabel.Classes)
	return logOdds(p.SingleLabel.Logits[example*k:(example+1)*k], class)
}

// logOdds returns the log-odds of a class against the others from logits.
func logOdds(logits []float32, class int) float64 {
	rest := slices.Delete(slices.Clone(logits), class, class+1)
	top, sum := float64(slices.Max(rest)), 0.0
	for _, v := range rest {
		sum += math.Exp(float64(v) - top)
	}
	return float64(logits[class]) - top - math.Log(sum)
}
