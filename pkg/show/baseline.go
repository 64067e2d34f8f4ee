package show

import (
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Lengths draws how many tokens the examples have, with the length at which they are cut.
func Lengths(tokens []int, maxLength int) (Figures, error) {
	if len(tokens) == 0 {
		return Figures{}, errors.New("show: lengths of no example")
	}
	whole := 0
	for _, n := range tokens {
		if n <= maxLength {
			whole++
		}
	}
	return one(chart.Histogram(chart.Labels{
		Title:    "Length of the examples",
		Takeaway: fmt.Sprintf("%d %% of the examples fit into %d tokens without a cut.", 100*whole/len(tokens), maxLength),
		X:        "tokens", Y: "examples",
	}, tokens, chart.Mark{At: float64(maxLength), Name: "cut"}))
}

// Baseline draws what a model answers, beside what answers without a model achieve.
func Baseline(m *metrics.Metrics) (Figures, error) {
	var f Figures
	f.note("%s", chance(m))
	right, text := majority(m)
	return f, f.confusion("Answers of the untouched model",
		fmt.Sprintf("Right in %.1f %% of %d examples; %s is right in %.1f %%.", 100*m.Accuracy, m.Examples, text, 100*right),
		m.ClassNames(), chart.Matrix{Name: "before", Counts: m.Confusion})
}

// chance says what loss equal probabilities for all classes have.
func chance(m *metrics.Metrics) string {
	k := len(m.Classes)
	return fmt.Sprintf("chance    with the same probability for each of %d classes the loss is ln %d = %.3f nats", k, k, math.Log(float64(k)))
}

// majority is the accuracy of answering the most frequent class always, and its name.
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
		return accuracy, "answering the same class always"
	}
	return accuracy, fmt.Sprintf("answering %q, the most frequent class, always", m.Classes[most].Name)
}

// Confidence draws the probabilities of a model's answers, beside its accuracy.
func Confidence(p *metrics.Predictions, accuracy float64) (Figures, error) {
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
		Title:    "Confidence of the untouched model",
		Takeaway: fmt.Sprintf("The mean probability of its answers is %.0f %%; %.0f %% of them are right.", mean, 100*accuracy),
		X:        "probability of the answer, %", Y: "examples",
	}, percent))
}
