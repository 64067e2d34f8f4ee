package show

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
)

// Explainer classifies texts and computes the effect of each of their words, as the
// classifiers of this module do.
type Explainer interface {
	Classify(ctx context.Context, texts []string) ([]classify.Answer, error)
	Words(ctx context.Context, text, class string) ([]classify.WordEffect, error)
}

// wordsShown is how many words of all texts of a chart are shown.
const wordsShown = 360

// Words draws the effect of each word of the texts on the prediction of a classifier. With
// two classes, the marks point to one or the other; the positive class is the given one or,
// if positive is empty, the second. With more classes, the marks point to the predicted class,
// or to positive if it is given.
//
// A chart has room for four texts and 360 words; longer texts are truncated, with a note. The two
// texts of a pair are separated by [SEP].
func Words(ctx context.Context, c Explainer, title string, classes []string, positive string, texts ...Text) (Figures, error) {
	var f Figures
	if positive != "" && !slices.Contains(classes, positive) {
		return f, fmt.Errorf("show: the positive class %q is not a class of the classifier: expected one of %q, or an empty string", positive, classes)
	}
	if len(texts) == 0 {
		return f, fmt.Errorf("show: no texts: expected at least one")
	}
	labels := chart.Labels{Title: title, X: "towards the prediction", Y: "away from the prediction"}
	if positive == "" && len(classes) == 2 {
		positive = classes[1]
	}
	if positive != "" {
		labels.X, labels.Y = "towards "+positive, "away from "+positive
	}
	if len(classes) == 2 {
		labels.Y = "towards " + classes[1-slices.Index(classes, positive)]
	}
	room := wordsShown / len(texts)
	var shown []chart.WordText
	strongest, most := "", 0.0
	for _, t := range texts {
		t := f.shorten(t, room)
		answer, err := t.classify(ctx, c)
		if err != nil {
			return f, err
		}
		class := positive
		if class == "" {
			class = answer.Label
		}
		effects, err := t.words(ctx, c, class)
		if err != nil {
			return f, err
		}
		var list []chart.Word
		for _, w := range effects {
			list = append(list, chart.Word{Text: w.Text, Effect: w.Effect})
			if math.Abs(w.Effect) > most {
				strongest, most = w.Text, math.Abs(w.Effect)
			}
		}
		shown = append(shown, chart.WordText{Name: fmt.Sprintf("%s; predicted %s, %.2f", t.Name, brief(answer.Label), answer.Probability), Words: list})
	}
	labels.Takeaway = "No word changes a prediction."
	if most > 0 {
		labels.Takeaway = fmt.Sprintf("The strongest is %q: without it the odds change by a factor of %.1f.", strongest, math.Exp(most))
	}
	err := f.add(chart.Words(labels, shown...))
	return f, err
}
