package show

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Split describes the data of a run: the numbers of training, validation and test examples
// and the classes.
func Split(ctx context.Context, r *finetune.Run) (Figures, error) {
	var f Figures
	e, err := r.Examples(ctx)
	if err != nil {
		return f, err
	}
	f.note("%s on %s, computed by %s", r.Experiment.Model, r.Experiment.Data.Source, r.Engine())
	f.note("%d examples to train on, %d for validation, %d to measure on", len(e.Train), len(e.Validation), len(e.Test))
	f.note("%d classes: %q", len(e.Labels), e.Labels)
	for _, note := range e.Notes {
		f.note("%s", note)
	}
	return f, nil
}

// Lengths draws a histogram of the training examples' lengths in tokens, with the maximum
// length; longer ones are truncated, or read in windows.
func Lengths(ctx context.Context, r *finetune.Run) (Figures, error) {
	e, err := r.Examples(ctx)
	if err != nil {
		return Figures{}, err
	}
	tokens, err := r.TokenCounts(ctx, e.Train)
	if err != nil {
		return Figures{}, err
	}
	return lengths(tokens, r.Experiment.Data.MaxLength, r.Experiment.Data.Truncation)
}

func lengths(tokens []int, maxLength int, truncation encoding.Truncation) (Figures, error) {
	if len(tokens) == 0 {
		return Figures{}, errors.New("show: no examples: expected the length of at least one")
	}
	whole := 0
	for _, n := range tokens {
		if n <= maxLength {
			whole++
		}
	}
	takeaway := fmt.Sprintf("All examples are read completely: they have at most %d tokens.", maxLength)
	if whole < len(tokens) {
		others := "truncated"
		if truncation == encoding.Windows {
			others = "read in windows"
		}
		takeaway = fmt.Sprintf("%d %% of the examples have at most %d tokens; the others are %s.", 100*whole/len(tokens), maxLength, others)
	}
	return one(chart.Histogram(chart.Labels{
		Title: "Length of the examples", Takeaway: takeaway,
		X: "tokens", Y: "examples",
	}, tokens, chart.Mark{At: float64(maxLength), Name: "maximum"}))
}

// Baseline draws the confusion matrix of the untrained model and compares its accuracy with
// the majority-class baseline and its loss with that of equal probabilities. The notes
// include the share of unknown tokens and duplicates among the examples.
func Baseline(b *finetune.Baseline) (Figures, error) {
	if err := checkEvaluation(b.Evaluation); err != nil {
		return Figures{}, err
	}
	var f Figures
	m := b.Metrics
	f.note("%v", b)
	f.note("%s", chance(m))
	f.note("%s", untrained(m))
	right, text := majority(m)
	err := f.confusion("Confusion matrix before training",
		fmt.Sprintf("Accuracy %.1f %% on %d examples; %s has %.1f %%.", 100*m.Accuracy, m.Examples, text, 100*right),
		m.ClassNames(), chart.Matrix{Name: "before", Counts: m.Confusion})
	return f, err
}

// chance describes the loss of equal probabilities for all classes.
func chance(m *metrics.Metrics) string {
	k := len(m.Classes)
	return fmt.Sprintf("chance    with the same probability for each of %d classes the loss is ln %d = %.3f nats", k, k, math.Log(float64(k)))
}

// oneClassOnly describes the majority-class baseline if all classes are equally frequent.
const oneClassOnly = "predicting one class only"

// majority returns the accuracy of the majority-class baseline, and a description.
func majority(m *metrics.Metrics) (accuracy float64, text string) {
	most, equal := 0, true
	for i, c := range m.Classes {
		if c.Support > m.Classes[most].Support {
			most = i
		}
		equal = equal && c.Support == m.Classes[0].Support
	}
	accuracy = float64(m.Classes[most].Support) / float64(m.Examples)
	if equal {
		return accuracy, oneClassOnly
	}
	return accuracy, fmt.Sprintf("always predicting %q, the most frequent class,", m.Classes[most].Name)
}

// Confidence draws a histogram of the probabilities of the untrained model's predictions,
// and compares their mean with its accuracy.
func Confidence(ctx context.Context, r *finetune.Run) (Figures, error) {
	if err := checkRun(r); err != nil {
		return Figures{}, err
	}
	b, err := r.Baseline(ctx)
	if err != nil {
		return Figures{}, err
	}
	p, err := r.Folder.ReadPredictions(runfolder.BaselinePredictionsFile)
	if err != nil {
		return Figures{}, err
	}
	return confidence(p, b.Metrics.Accuracy)
}

func confidence(p *metrics.Predictions, accuracy float64) (Figures, error) {
	confidences, err := p.Confidences()
	if err != nil {
		return Figures{}, err
	}
	mean := 0.0
	var percent []float64
	for _, c := range confidences {
		percent = append(percent, 100*c)
		mean += 100 * c / float64(len(confidences))
	}
	return one(chart.Histogram(chart.Labels{
		Title:    "Confidence before training",
		Takeaway: fmt.Sprintf("The mean probability of the predictions is %.0f %%; %.0f %% of them are right.", mean, 100*accuracy),
		X:        "probability of the predicted class, %", Y: "examples",
	}, percent))
}
