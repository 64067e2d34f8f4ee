package chart

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/reliability"
)

// Calibration is the calibration of a model: predictions in bins of confidence.
type Calibration struct {
	// Name labels the curve, as "after". Required, unique in the chart.
	Name string
	// Confidence is the mean probability of the predicted class in each bin, in 0..1 and
	// rising.
	Confidence []float64
	// Accuracy is the share of right predictions in each bin, 0..1.
	Accuracy []float64
	// Count is the number of predictions in each bin. Bins without any are left out.
	Count []int
	// Low and High, if given, are the ends of the 95 % interval of each accuracy:
	// 0 ≤ Low ≤ Accuracy ≤ High ≤ 1.
	Low, High []float64
}

// Reliability draws a reliability diagram: the accuracy of each model's predictions over
// their confidence, and the diagonal of perfect calibration (DeGroot and Fienberg, 1983;
// Guo et al., 2017). A model is overconfident below the diagonal and underconfident above
// it. The area of a dot is the number of predictions in the bin. A vertical line is the
// interval of the accuracy.
//
// If no confidence is below one half, as with two classes, the x axis starts there. Empty
// Labels.X and Y become "confidence" and "accuracy". There are at most 6 models. Two have
// the colours of before and after, grey and blue. Invalid data are a [*DataError].
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
				if len(m.Low) > 0 {
					kept.Low, kept.High = append(kept.Low, m.Low[b]), append(kept.High, m.High[b])
				}
			}
		}
		if len(kept.Count) == 0 {
			return Chart{}, &DataError{labels.Title, fmt.Sprintf("model %q", m.Name), "has no bin with a prediction, expected at least one"}
		}
		r.Models = append(r.Models, kept)
	}
	return newChart(labels, r, r.Models)
}

func (m Calibration) check(title string) error {
	part := fmt.Sprintf("model %q", m.Name)
	if len(m.Confidence) != len(m.Count) || len(m.Accuracy) != len(m.Count) {
		return &DataError{title, part, fmt.Sprintf("has %d confidences, %d accuracies and %d counts, expected one of each for each bin", len(m.Confidence), len(m.Accuracy), len(m.Count))}
	}
	if len(m.Low) != len(m.High) || len(m.Low) != 0 && len(m.Low) != len(m.Count) {
		return &DataError{title, part, fmt.Sprintf("has %d low and %d high ends for %d bins, expected both for each bin or none", len(m.Low), len(m.High), len(m.Count))}
	}
	last := 0.0
	for i, n := range m.Count {
		bin := fmt.Sprintf("%s, bin %d", part, i)
		if n < 0 {
			return &DataError{title, bin, fmt.Sprintf("has %d predictions, expected a count of at least 0", n)}
		}
		if n == 0 {
			continue // an empty bin's means are 0/0, NaN as likely as not
		}
		for _, v := range []struct {
			what  string
			value float64
		}{{"confidence", m.Confidence[i]}, {"accuracy", m.Accuracy[i]}} {
			if !(v.value >= 0 && v.value <= 1) {
				return &DataError{title, bin, fmt.Sprintf("%s is %v, expected a share between 0 and 1", v.what, v.value)}
			}
		}
		if len(m.Low) > 0 && !(0 <= m.Low[i] && m.Low[i] <= m.Accuracy[i] && m.Accuracy[i] <= m.High[i] && m.High[i] <= 1) {
			return &DataError{title, bin, fmt.Sprintf("has accuracy %v and interval %v to %v, expected an interval in 0..1 around the accuracy", m.Accuracy[i], m.Low[i], m.High[i])}
		}
		if m.Confidence[i] < last {
			return &DataError{title, bin, fmt.Sprintf("confidence %s comes after %s, expected bins in rising order", canvas.Number(m.Confidence[i]), canvas.Number(last))}
		}
		last = m.Confidence[i]
	}
	return nil
}
