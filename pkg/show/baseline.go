package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
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
	f.note("%s", answersOf(r.Experiment.Task, e))
	for _, note := range e.Notes {
		f.note("%s", note)
	}
	return f, nil
}

// answersOf describes the right answers of the examples.
func answersOf(task data.Task, e *splits.Examples) string {
	all := slices.Concat(e.Train, e.Validation, e.Test)
	switch task {
	case data.MultiLabel:
		given, none := 0, 0
		for _, example := range all {
			given += len(example.Labels)
			if len(example.Labels) == 0 {
				none++
			}
		}
		return sayf("%d classes, of which an example has any number, on average %.2f (%d examples have none): %q", len(e.Labels), float64(given)/float64(max(1, len(all))), none, e.Labels)
	case data.Regression:
		low, high, mean := math.Inf(1), math.Inf(-1), 0.0
		for _, example := range all {
			low, high = min(low, example.Value), max(high, example.Value)
			mean += example.Value / float64(len(all))
		}
		return fmt.Sprintf("a number to predict, %q: %s to %s, mean %s", numberName(e.Labels), numerals.Number(low, 4), numerals.Number(high, 4), numerals.Number(mean, 4))
	case data.TokenClassification:
		return describeTags(e.Labels, all)
	}
	return sayf("%d classes: %q", len(e.Labels), e.Labels)
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
	takeaway := sayf("All examples are read completely: they have at most %d tokens.", maxLength)
	if whole < len(tokens) {
		others := "truncated"
		if truncation == encoding.Windows {
			others = "read in windows"
		}
		takeaway = sayf("%.3g %% of the examples have at most %d tokens; the others are %s.", 100*float64(whole)/float64(len(tokens)), maxLength, others)
	}
	return one(chart.Histogram(chart.Labels{
		Title: "Length of the examples", Takeaway: takeaway,
		X: "tokens", Y: "examples",
	}, tokens, chart.Mark{At: float64(maxLength), Name: "maximum"}))
}

// Baseline shows the evaluation of the untrained model in a table with answers without BERT. The
// notes include the share of unknown tokens and duplicates among the examples. A chart shows, for
// one class per example, the confusion matrix; for several labels the area under the ROC curve of
// each class; for a regression the mean absolute error beside that of the answers without BERT; for
// tags of words the F1 of each type of entity.
func Baseline(b *finetune.Baseline) (Figures, error) {
	var f Figures
	f.note("%v", b)
	switch {
	case b.MultiLabel != nil:
		return severalBaseline(f, b)
	case b.Regression != nil:
		return numberBaseline(f, b)
	case b.Tags != nil:
		return tagBaseline(f, b)
	}
	m := b.Metrics
	f.note("%s", chance(m))
	f.note("%s", untrained(m))
	if err := f.singleModels(b.Cheap, m, nil); err != nil {
		return f, err
	}
	right, text := majority(m)
	err := f.confusion("Confusion matrix before training",
		sayf("Accuracy %s on %d examples; %s has %s.", percent(m.Accuracy, m.Examples), m.Examples, text, percent(right, m.Examples)),
		m.ClassNames(), chart.Matrix{Name: "before", Counts: m.Confusion})
	return f, err
}

// severalBaseline adds the areas of the classes.
func severalBaseline(f Figures, b *finetune.Baseline) (Figures, error) {
	m := b.MultiLabel
	f.note("chance    with the probability 0.5 for each of %d classes the loss is ln 2 = %.3f nats per decision", len(m.Classes), math.Ln2)
	var classes []metrics.ClassMetrics
	for _, c := range m.Classes {
		classes = append(classes, c.ClassMetrics)
	}
	text := farFromRandom(classes, m.Examples)
	if text == "" {
		text = " No class has a ROC AUC that differs from the 0.5 of a random ranking by more than chance."
	}
	f.note("A new classifier gives each class a probability near 0.5, above or below it by chance, so that F1 before training says little.%s", text)
	if err := f.severalModels(b.Cheap, m, nil); err != nil {
		return f, err
	}
	var groups []string
	s := chart.BarSeries{Name: "untrained model"}
	for _, c := range classes {
		if c.ROCAUC.Value == nil {
			f.note("no ROC AUC: %s", c.ROCAUC.Reason)
		} else if len(groups) < mostClasses {
			groups, s.Values = append(groups, c.Name), append(s.Values, *c.ROCAUC.Value)
		}
	}
	if len(groups) == 0 {
		return f, nil
	}
	takeaway := "A random ranking of the examples has 0.5."
	if len(classes) > len(groups) {
		takeaway += sayf(" %d of %d classes.", len(groups), len(classes))
	}
	err := f.add(chart.Bars(chart.Labels{Title: "Area under the ROC curve of each class before training", Takeaway: takeaway, Y: "area"}, groups, s))
	return f, err
}

// numberBaseline adds the mean absolute errors.
func numberBaseline(f Figures, b *finetune.Baseline) (Figures, error) {
	m := b.Regression
	switch p := m.Pearson; {
	case p.Value == nil:
		f.note("The correlation of answers and values is undefined: %s.", p.Reason)
	case p.Interval != nil && p.Interval.Low <= 0 && p.Interval.High >= 0:
		f.note("The 95 %% interval of Pearson's correlation, %.3f to %.3f, contains 0: the answers do not follow the values. A new classifier answers numbers near 0, whatever the values are.", p.Interval.Low, p.Interval.High)
	default:
		f.note("Pearson's correlation differs from 0 (%v). The pre-trained features contain information about the values, and the random weights of a new classifier combine it in one direction or the other by chance: with the opposite sign of all weights the correlation would be %+.3f.", p, -*p.Value)
	}
	if err := f.numberModels(b.Cheap, m, nil); err != nil {
		return f, err
	}
	var groups []string
	s := chart.BarSeries{Name: "mean absolute error"}
	add := func(name string, m *metrics.RegressionMetrics) {
		if m == nil || m.MAE.Value == nil {
			return
		}
		low, high := *m.MAE.Value, *m.MAE.Value
		if i := m.MAE.Interval; i != nil {
			low, high = min(low, i.Low), max(high, i.High)
		}
		groups, s.Values, s.Low, s.High = append(groups, name), append(s.Values, *m.MAE.Value), append(s.Low, low), append(s.High, high)
	}
	takeaway := ""
	if b.Cheap != nil && b.Cheap.Regression != nil {
		add("mean of the training values", b.Cheap.Regression.Constant)
		add("bag of words", b.Cheap.Regression.BagOfWords)
		takeaway = "A trained BERT must be below both answers without BERT. "
	}
	add("untrained BERT", m)
	err := f.add(chart.Bars(chart.Labels{Title: "Mean absolute error before training", Takeaway: takeaway + sayf("The lower the better; %d test examples.", m.Examples), Y: "mean absolute error"}, groups, s))
	return f, err
}

// chance describes the loss of equal probabilities for all classes.
func chance(m *metrics.Metrics) string {
	k := len(m.Classes)
	return sayf("chance    with the same probability for each of %d classes the loss is ln %d = %.3f nats", k, k, math.Log(float64(k)))
}

// oneClassOnly describes the majority-class baseline if all classes are equally frequent.
const oneClassOnly = "predicting one class only"

// majority returns the accuracy of the majority-class baseline, and a description.
func majority(m *metrics.Metrics) (accuracy float64, text string) {
	most, equal := mostFrequent(m), true
	for _, c := range m.Classes {
		equal = equal && c.Support == most.Support
	}
	accuracy = float64(most.Support) / float64(m.Examples)
	if equal {
		return accuracy, oneClassOnly
	}
	return accuracy, fmt.Sprintf("always predicting %q, the most frequent class,", most.Name)
}

// mostFrequent returns the class that most examples have, the first of equals.
func mostFrequent(m *metrics.Metrics) metrics.ClassMetrics {
	return slices.MaxFunc(m.Classes, func(a, b metrics.ClassMetrics) int { return cmp.Compare(a.Support, b.Support) })
}

// Confidence draws the outputs of the untrained model. For one class per example it is a histogram
// of the probabilities of the predicted classes, whose mean is compared with the accuracy; for
// several labels a histogram of the probabilities of all classes; for a regression the answers
// over the values; for tags of words a histogram of the probabilities of the given tags.
func Confidence(ctx context.Context, r *finetune.Run) (Figures, error) {
	if err := checkTask(r.Experiment.Task); err != nil {
		return Figures{}, err
	}
	b, err := r.Baseline(ctx)
	if err != nil {
		return Figures{}, err
	}
	const file = runfolder.BaselinePredictionsFile
	return views{
		single: func() (Figures, error) {
			p, err := r.Folder.ReadPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			return confidence(p, b.Metrics.Accuracy)
		},
		several: func() (Figures, error) {
			p, err := r.Folder.ReadMultiLabelPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			return classProbabilities(p)
		},
		number: func() (Figures, error) {
			p, err := r.Folder.ReadRegressionPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			e, err := r.Examples(ctx)
			if err != nil {
				return Figures{}, err
			}
			return untrainedAnswers(numberName(e.Labels), p)
		},
		tags: func() (Figures, error) {
			p, err := r.Folder.ReadTagPredictions(file)
			if err != nil {
				return Figures{}, err
			}
			return tagConfidence(p)
		},
	}.of(r.Experiment.Task)
}

// classProbabilities draws a histogram of the probabilities of all classes.
func classProbabilities(p *metrics.MultiLabelPredictions) (Figures, error) {
	_, probabilities, err := p.Answers()
	if err != nil {
		return Figures{}, err
	}
	var percent []float64
	mean, right := 0.0, 0
	for i, row := range probabilities {
		right += len(p.Labels[i])
		for _, v := range row {
			percent = append(percent, 100*v)
			mean += 100 * v
		}
	}
	n := float64(len(percent))
	return one(chart.Histogram(chart.Labels{
		Title:    "Probabilities of the classes before training",
		Takeaway: fmt.Sprintf("The mean probability of a class is %.0f %%; an example has %.0f %% of the classes.", mean/n, 100*float64(right)/n),
		X:        "probability of a class, %", Y: "decisions",
	}, percent, chart.Mark{At: 50, Name: "50 %"}))
}

// untrainedAnswers draws the answers of an untrained model over the values.
func untrainedAnswers(name string, p *metrics.RegressionPredictions) (Figures, error) {
	return one(chart.Scatter(chart.Labels{
		Title: fmt.Sprintf("Answers before training and %s", name),
		Takeaway: fmt.Sprintf("The answers are between %s and %s, the values between %s and %s.",
			numerals.Number(slices.Min(p.Answers), 3), numerals.Number(slices.Max(p.Answers), 3), numerals.Number(slices.Min(p.Values), 3), numerals.Number(slices.Max(p.Values), 3)),
		X: name, Y: "answer",
	}, "answer = value", chart.Points{Name: "untrained model", X: p.Values, Y: p.Answers}))
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
