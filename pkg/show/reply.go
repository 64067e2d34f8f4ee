package show

import (
	"context"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Scorer predicts numbers, as the classifiers of this module do for data.Regression.
type Scorer interface {
	Score(ctx context.Context, texts []string) ([]classify.Number, error)
	ScoreExamples(ctx context.Context, examples []data.Example) ([]classify.Number, error)
}

// taskOf returns the task of a classifier, by its method Task; data.SingleLabel without one.
func taskOf(c Explainer) data.Task {
	if t, ok := c.(interface{ Task() data.Task }); ok {
		return t.Task()
	}
	return data.SingleLabel
}

// reply is the prediction for a text.
type reply struct {
	answer      string // the class; of several labels the classes; of a regression the number
	probability string // of the class; "" of another task
	class       string // the predicted class; of several labels the most probable one; of a regression ""
}

// String is the answer and its probability.
func (r reply) String() string { return strings.TrimSpace(r.answer + " " + r.probability) }

// reply returns the prediction for a text or a pair.
func (t Text) reply(ctx context.Context, c Explainer, classes []string) (reply, error) {
	if taskOf(c) == data.Regression {
		n, err := t.score(ctx, c)
		return reply{answer: numerals.Number(n.Value, 3)}, err
	}
	a, err := t.classify(ctx, c)
	if err != nil {
		return reply{}, err
	}
	if a.Labels == nil {
		return reply{a.Label, probability(a.Probability), a.Label}, nil
	}
	best := metrics.Argmax(a.Probabilities)
	text := "none"
	if len(a.Labels) > 0 {
		text = strings.Join(a.Labels, ", ")
	}
	if best >= len(classes) {
		return reply{}, fmt.Errorf("show: the classifier has %d classes, expected %q", len(a.Probabilities), classes)
	}
	return reply{answer: text, class: classes[best]}, nil
}

// score returns the number for a text or a pair.
func (t Text) score(ctx context.Context, c Explainer) (classify.Number, error) {
	s, ok := c.(Scorer)
	if !ok {
		return classify.Number{}, fmt.Errorf("show: a %T predicts no numbers: expected a Scorer", c)
	}
	var numbers []classify.Number
	var err error
	if t.Pair == "" {
		numbers, err = s.Score(ctx, []string{t.Text})
	}
	if t.Pair != "" || needsPair(err) {
		numbers, err = s.ScoreExamples(ctx, []data.Example{{Text: t.Text, TextPair: t.Pair}})
	}
	if err != nil {
		return classify.Number{}, err
	}
	return numbers[0], nil
}
