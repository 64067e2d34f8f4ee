package chart

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/reliability"
)

// Calibration is one model's reliability: predictions binned by confidence.
type Calibration struct {
	// Name labels the curve, as "after". Required, unique in the chart.
	Name string
	// Confidence is the mean probability that the model gave its answers, a
	// bin each, in 0..1 and rising.
	Confidence []float64
	// Accuracy is the share of those answers that were right, a bin each, 0..1.
	Accuracy []float64
	// Count is the number of predictions of each bin. Bins with none are left out.
	Count []int
}

// Reliability draws a reliability diagram: for each model the accuracy of its
// predictions over the confidence it had in them, dots larger the more
// predictions they stand for, and the diagonal on which confidence would be
// just as large as accuracy (DeGroot and Fienberg, 1983; Guo et al., 2017).
// Points below it are overconfident, above it underconfident.
//
// Where no confidence is below one half, as with two classes, the x axis
// starts there. Empty Labels.X and Y become "confidence" and "accuracy". Models
// are at most 6; two are drawn in grey and blue, as before and after. A fault
// in the data is a [*DataError].
func Reliability(labels Labels, models ...Calibration) (Chart, error) {
	labels = labels.clean()
	if err := labels.check("reliability"); err != nil {
		return Chart{}, err
	}
	if labels.X == "" {
		labels.X = "confidence"
	}
	if labels.Y == "" {
		labels.Y = "accuracy"
	}
	r := &reliability.Figure{Labels: canvas.Labels(labels)}
	var names []string
	for _, m := range models {
		m.Name = oneLine(m.Name)
		names = append(names, m.Name)
	}
	if err := checkNames(labels.Title, "models", names, canvas.MaxSeries); err != nil {
		return Chart{}, err
	}
	for i, m := range models {
		m.Name = names[i]
		if err := m.check(labels.Title); err != nil {
			return Chart{}, err
		}
		kept := reliability.Model{Name: m.Name}
		for b, n := range m.Count {
			if n > 0 {
				kept.Confidence = append(kept.Confidence, m.Confidence[b])
				kept.Accuracy = append(kept.Accuracy, m.Accuracy[b])
				kept.Count = append(kept.Count, n)
			}
		}
		if len(kept.Count) == 0 {
			return Chart{}, &DataError{labels.Title, fmt.Sprintf("model %q", m.Name), "has no bin with a prediction; give at least one"}
		}
		r.Models = append(r.Models, kept)
	}
	return newChart(labels, r, r.Models)
}

func (m Calibration) check(title string) error {
	part := fmt.Sprintf("model %q", m.Name)
	if len(m.Confidence) != len(m.Count) || len(m.Accuracy) != len(m.Count) {
		return &DataError{title, part, fmt.Sprintf("has %d confidences, %d accuracies and %d counts; give one of each a bin", len(m.Confidence), len(m.Accuracy), len(m.Count))}
	}
	last := 0.0
	for i, n := range m.Count {
		bin := fmt.Sprintf("%s, bin %d", part, i)
		if n < 0 {
			return &DataError{title, bin, fmt.Sprintf("has %d predictions; a count is not negative", n)}
		}
		if n == 0 {
			continue // an empty bin's means are 0/0, NaN as likely as not
		}
		for _, v := range []struct {
			what  string
			value float64
		}{{"confidence", m.Confidence[i]}, {"accuracy", m.Accuracy[i]}} {
			if !(v.value >= 0 && v.value <= 1) {
				return &DataError{title, bin, fmt.Sprintf("%s is %v; give a share between 0 and 1", v.what, v.value)}
			}
		}
		if m.Confidence[i] < last {
			return &DataError{title, bin, fmt.Sprintf("confidence %s comes after %s; give bins in rising order", canvas.Number(m.Confidence[i]), canvas.Number(last))}
		}
		last = m.Confidence[i]
	}
	return nil
}
