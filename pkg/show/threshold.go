package show

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/table"
)

// thresholdSteps is the number of steps of the slider between the thresholds 0 and 1.
const thresholdSteps = 100

// Threshold shows accuracy, precision, recall and the counts of right and wrong decisions for a
// class, before and after training, and how they depend on the decision threshold: a slider
// moves it from 0 to 1. An example is predicted as the class if its probability is at least the
// threshold. Without scripts the table shows the threshold 0.5.
//
// positive names the class; of two classes it is the second if positive is empty. With more
// classes, the threshold separates the class from the others, and positive must name it:
// otherwise a note says so.
func Threshold(ctx context.Context, r *finetune.Run, positive string) (Figures, error) {
	before, after, err := predictions(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	return threshold(before, after, positive)
}

func threshold(before, after *metrics.Predictions, positive string) (Figures, error) {
	var f Figures
	switch {
	case positive == "" && len(after.Classes) == 2:
		positive = after.Classes[1]
	case positive == "":
		f.note("A decision threshold belongs to one class: name it with positive, one of %q.", after.Classes)
		return f, nil
	case !slices.Contains(after.Classes, positive):
		return f, fmt.Errorf("show: the positive class %q is not a class of the data: expected one of %q, or an empty string", positive, after.Classes)
	}
	class := slices.Index(after.Classes, positive)
	s := &table.Slider{Label: "threshold", Start: thresholdSteps / 2}
	var thresholds []float64
	for i := range thresholdSteps + 1 {
		thresholds = append(thresholds, float64(i)/thresholdSteps)
		s.Positions = append(s.Positions, fmt.Sprintf("%.2f", thresholds[i]))
	}
	old, err := before.AtThresholds(class, thresholds...)
	if err != nil {
		return f, err
	}
	now, err := after.AtThresholds(class, thresholds...)
	if err != nil {
		return f, err
	}
	for i := range thresholds {
		t, err := decisions(positive, old[i], now[i])
		if err != nil {
			return f, err
		}
		s.Tables = append(s.Tables, t)
	}
	f.Sliders = append(f.Sliders, s)
	return f, nil
}

// decisions is the table of one threshold.
func decisions(positive string, before, after metrics.ThresholdCounts) (*table.Table, error) {
	t := table.New(fmt.Sprintf("Decisions for %q on %d test examples", positive, after.Examples()),
		table.Column{Name: "measure"}, table.Column{Name: "before"}, table.Column{Name: "after"})
	row := func(name string, value func(metrics.ThresholdCounts) table.Number) {
		t.Add(name, value(before), value(after))
	}
	accuracyOf := func(c metrics.ThresholdCounts) (table.Number, error) {
		interval, err := metrics.Wilson(c.Right(), c.Examples(), 0.95)
		return table.Number{Value: c.Accuracy(), Text: fmt.Sprintf("%s (%.1f to %.1f)", percent(c.Accuracy()), 100*interval.Low, 100*interval.High)}, err
	}
	old, err := accuracyOf(before)
	if err != nil {
		return nil, err
	}
	now, err := accuracyOf(after)
	if err != nil {
		return nil, err
	}
	t.Add("accuracy, 95 % interval", old, now)
	ratio := func(value float64, of int) table.Number {
		if of == 0 { // a share of nothing
			return table.Number{Value: math.NaN(), Text: "–"}
		}
		return table.Number{Value: value, Text: percent(value)}
	}
	count := func(n int) table.Number { return table.Number{Value: float64(n), Text: numerals.Count(n)} }
	row("precision: right among the predicted", func(c metrics.ThresholdCounts) table.Number {
		return ratio(c.Precision(), c.TruePositives+c.FalsePositives)
	})
	row("recall: found of the class", func(c metrics.ThresholdCounts) table.Number {
		return ratio(c.Recall(), c.TruePositives+c.FalseNegatives)
	})
	row("true positives", func(c metrics.ThresholdCounts) table.Number { return count(c.TruePositives) })
	row("false positives", func(c metrics.ThresholdCounts) table.Number { return count(c.FalsePositives) })
	row("false negatives", func(c metrics.ThresholdCounts) table.Number { return count(c.FalseNegatives) })
	row("true negatives", func(c metrics.ThresholdCounts) table.Number { return count(c.TrueNegatives) })
	return t, t.Err()
}

// percent is a share as text.
func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
