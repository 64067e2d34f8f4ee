package classify

import (
	"context"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Answer is a prediction for one text, of a [Classifier] or of one of several adapters
// ([Classifiers]).
type Answer struct {
	Label         string    // the most probable class; "" for data.MultiLabel
	Probability   float64   // its probability; 0 for data.MultiLabel
	Probabilities []float64 // of every class, in the order of the labels; for data.MultiLabel the sigmoid of each logit, so that their sum is not 1
	Labels        []string  // for data.MultiLabel the classes with a probability of at least their threshold, none included; otherwise nil
	// UnknownTokens counts the tokens of the text, as the model read it, that are [UNK].
	// If their Share is HighUnknownShare or more, the model has not seen a relevant part of the
	// text.
	UnknownTokens tokenizers.UnknownTokens
	// Long states that the text, or the pair, has more tokens than Options.MaxLength: the model has
	// read a part of it or, with encoding.Windows, one after the other.
	Long bool

	value float64 // for data.Regression
}

// Number is a prediction for one text, of a model or an adapter for data.Regression.
type Number struct {
	Value         float64
	UnknownTokens tokenizers.UnknownTokens // as in [Answer]
	Long          bool                     // as in [Answer]
}

// defaultThreshold is that of Options.Threshold.
const defaultThreshold = 0.5

// answers returns the predictions as answers.
func (p *TaskPredictions) answers(d decisions) ([]Answer, error) {
	switch {
	case p.Regression != nil:
		if err := p.Regression.Validate(); err != nil {
			return nil, err
		}
		out := make([]Answer, p.Regression.Len())
		for i, value := range p.Regression.Answers {
			out[i].value = value
		}
		return out, nil
	case p.MultiLabel != nil:
		several := *p.MultiLabel
		if several.Thresholds = d.thresholds; d.thresholds == nil {
			several.Thresholds = slices.Repeat([]float64{defaultThreshold}, len(several.Classes))
		}
		chosen, probabilities, err := several.Answers()
		out := make([]Answer, len(chosen))
		for i := range out {
			out[i] = Answer{Probabilities: probabilities[i], Labels: []string{}}
			for _, class := range chosen[i] {
				out[i].Labels = append(out[i].Labels, several.Classes[class])
			}
		}
		return out, err
	}
	single := p.SingleLabel
	if d.temperature != 0 {
		var err error
		if single, err = single.WithTemperature(d.temperature); err != nil {
			return nil, err
		}
	}
	chosen, probabilities, err := single.Answers()
	out := make([]Answer, len(chosen))
	for i := range out {
		row, best := probabilities[i], chosen[i]
		out[i] = Answer{Label: p.SingleLabel.Classes[best], Probability: row[best], Probabilities: row}
	}
	return out, err
}

// Score returns a number for every text, in their order, of a model for data.Regression. Texts
// are treated as by Classify. A model for another task is a *TaskError.
func (c *Classifier) Score(ctx context.Context, texts []string) ([]Number, error) {
	if err := checkScore(c.Task(), "Score", ""); err != nil {
		return nil, err
	}
	answers, err := c.classifyTexts(ctx, texts)
	if err != nil {
		return nil, err
	}
	return numbersOf(answers), nil
}

// ScoreExamples is Score for examples, which are treated as by ClassifyExamples.
func (c *Classifier) ScoreExamples(ctx context.Context, examples []data.Example) ([]Number, error) {
	if err := checkScore(c.Task(), "ScoreExamples", ""); err != nil {
		return nil, err
	}
	answers, err := c.classify(ctx, examples, encoding.HasPairs(examples))
	if err != nil {
		return nil, err
	}
	return numbersOf(answers), nil
}

func numbersOf(answers []Answer) []Number {
	out := make([]Number, len(answers))
	for i, a := range answers {
		out[i] = a.number()
	}
	return out
}

func (a Answer) number() Number {
	return Number{Value: a.value, UnknownTokens: a.UnknownTokens, Long: a.Long}
}

// checkClassify refuses the call for a regression, which has no classes, and for a task with classes
// of words. adapter is the adapter with the task, "" for a Classifier.
func checkClassify(task data.Task, call, adapter string) error {
	use := callsOf(task)
	switch task {
	case data.Regression:
		if call == "ClassifyExamples" {
			use = "ScoreExamples"
		}
	case data.TokenClassification:
	default:
		return nil
	}
	return &TaskError{Task: task, Call: call, Use: use, Adapter: adapter}
}

// checkScore refuses the call for a task with classes. adapter is as for checkClassify.
func checkScore(task data.Task, call, adapter string) error {
	if task == data.Regression {
		return nil
	}
	use := callsOf(task)
	if call == "ScoreExamples" && task != data.TokenClassification {
		use = "ClassifyExamples"
	}
	return &TaskError{Task: task, Call: call, Use: use, Adapter: adapter}
}
