package show

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
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
// or to positive if it is given. With several labels, they point to positive, otherwise to
// [Text.Class], otherwise to the most probable class. Of a regression, they raise or lower the
// answer.
//
// Of tags of words it shows a table of the texts with the entities in brackets instead, each with its
// type and probability.
//
// A chart has room for four texts and 360 words; longer texts are truncated, with a note. The two
// texts of a pair are separated by [SEP].
func Words(ctx context.Context, c Explainer, title string, classes []string, positive string, texts ...Text) (Figures, error) {
	var f Figures
	task := taskOf(c)
	switch task {
	case data.Regression:
		positive = ""
	case data.TokenClassification:
		return taggedTexts(ctx, c, texts)
	}
	if positive != "" && !slices.Contains(classes, positive) {
		return f, fmt.Errorf("show: the positive class %q is not a class of the classifier: expected one of %q, or an empty string", positive, classes)
	}
	if len(texts) == 0 {
		return f, fmt.Errorf("show: no texts: expected at least one")
	}
	labels, positive := wordLabels(task, title, classes, positive)
	room := wordsShown / len(texts)
	var shown []chart.WordText
	strongest, most := "", 0.0
	for _, t := range texts {
		t := f.shorten(t, room)
		r, err := t.reply(ctx, c, classes)
		if err != nil {
			return f, err
		}
		class := cmp.Or(positive, r.class)
		if task == data.MultiLabel {
			class = cmp.Or(positive, t.Class, r.class)
		}
		effects, err := t.words(ctx, c, class)
		if err != nil {
			return f, err
		}
		var list []chart.Word
		for _, w := range effects {
			list = append(list, chart.Word{Text: w.Text, Effect: w.Effect})
			if math.Abs(w.Effect) > math.Abs(most) {
				strongest, most = w.Text, w.Effect
			}
		}
		name := fmt.Sprintf("%s; predicted %s", t.Name, brief(r.answer))
		if r.probability != "" {
			name += ", " + r.probability
		}
		if task == data.MultiLabel {
			name += fmt.Sprintf("; words for %s", class)
		}
		shown = append(shown, chart.WordText{Name: name, Words: list})
	}
	labels.Takeaway = "No word changes a prediction."
	switch {
	case most != 0 && task == data.Regression:
		side := "lower"
		if most < 0 {
			side = "higher"
		}
		labels.Takeaway = fmt.Sprintf("The strongest is %q: without it the answer is %s %s.", strongest, numerals.Number(math.Abs(most), 3), side)
	case most != 0:
		labels.Takeaway = fmt.Sprintf("The strongest is %q: without it the odds change by a factor of %s.", strongest, factor(math.Exp(math.Abs(most))))
	}
	err := f.add(chart.Words(labels, shown...))
	return f, err
}

// wordLabels returns the labels of the chart, and the class that the marks of all texts point to,
// "" if each text has its own.
func wordLabels(task data.Task, title string, classes []string, positive string) (chart.Labels, string) {
	labels := chart.Labels{Title: title, X: "towards the prediction", Y: "away from the prediction"}
	two := task == data.SingleLabel && len(classes) == 2
	if positive == "" && two {
		positive = classes[1]
	}
	switch {
	case task == data.Regression:
		labels.X, labels.Y = "towards higher answers", "towards lower answers"
	case positive != "":
		labels.X, labels.Y = "towards "+positive, "away from "+positive
	case task == data.MultiLabel:
		labels.X, labels.Y = "towards the class", "away from the class"
	}
	if two {
		labels.Y = "towards " + classes[1-slices.Index(classes, positive)]
	}
	return labels, positive
}

// factor writes a factor of the odds: more than a thousand says no more than that the model is certain.
func factor(x float64) string {
	if x >= 1000 {
		return "more than 1,000"
	}
	return fmt.Sprintf("%.1f", x)
}
