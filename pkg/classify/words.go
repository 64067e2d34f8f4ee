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
	// -0.7 halves them.
	Effect float64
}

// Words returns the contribution of each word of a text to the prediction of the class. The
// text is classified once completely and once without each word (leave-one-out, or occlusion;
// Zeiler and Fergus 2014, arXiv:1311.2901). Words are separated by white space. Words classifies
// one text more than there are words. The sum of the effects is not the log-odds of the
// prediction, since words interact.
func (c *Classifier) Words(ctx context.Context, text, class string) ([]WordEffect, error) {
	at := slices.Index(c.model.Config.Labels, class)
	if at < 0 {
		return nil, fmt.Errorf("words for class %q: expected one of %q", class, c.model.Config.Labels)
	}
	words := strings.Fields(data.Clean(text))
	if len(words) == 0 {
		return nil, fmt.Errorf("words for class %q: the text contains no words", class)
	}
	examples := []data.Example{{ID: "whole", Text: strings.Join(words, " ")}}
	for i := range words {
		rest := slices.Delete(slices.Clone(words), i, i+1)
		examples = append(examples, data.Example{ID: fmt.Sprint(i), Text: strings.Join(rest, " ")})
	}
	predictions, err := c.predictor.Predict(ctx, examples, nil, "")
	if err != nil {
		return nil, err
	}
	k := len(predictions.Classes)
	whole := logOdds(predictions.Logits[:k], at)
	effects := make([]WordEffect, len(words))
	for i, word := range words {
		effects[i] = WordEffect{word, whole - logOdds(predictions.Logits[(i+1)*k:(i+2)*k], at)}
		if e := effects[i].Effect; math.IsNaN(e) || math.IsInf(e, 0) {
			return nil, fmt.Errorf("words for class %q: the model's answer without %q is not finite", class, word)
		}
	}
	return effects, nil
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
