package show

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// thresholdSteps is the number of steps of the slider between the thresholds 0 and 1.
const thresholdSteps = 100

// Threshold shows how the decisions depend on a threshold, before and after training: a slider
// moves it. Without scripts the table shows one threshold.
//
// For one class per example it shows accuracy, precision, recall and the counts of right and wrong
// decisions for a class, for decision thresholds from 0 to 1. An example is predicted as the class
// if its probability is at least the threshold. positive names the class; of two classes it is the
// second if positive is empty. With more classes, the threshold separates the class from the
// others, and positive must name it: otherwise a note says so.
//
// For several labels the threshold is that of the class positive, or, if positive is empty, of all
// classes. For a regression the threshold is the largest error of an answer that counts as right. For
// tags of words it is the probability from which an entity counts as given, of the type positive or
// of all.
func Threshold(ctx context.Context, r *finetune.Run, positive string) (Figures, error) {
	return views{
		single: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadPredictions)
			if err != nil {
				return Figures{}, err
			}
			return threshold(before, after, positive)
		},
		several: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadMultiLabelPredictions)
			if err != nil {
				return Figures{}, err
			}
			return severalThreshold(before, after, positive)
		},
		number: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadRegressionPredictions)
			if err != nil {
				return Figures{}, err
			}
			return tolerance(before, after)
		},
		tags: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadTagPredictions)
			if err != nil {
				return Figures{}, err
			}
			return tagThreshold(before, after, positive)
		},
	}.of(r.Experiment.Task)
}

func threshold(before, after *metrics.Predictions, positive string) (Figures, error) {
	var f Figures
	switch {
	case positive == "" && len(after.Classes) == 2:
		positive = after.Classes[1]
	case positive == "":
		f.note("A decision threshold belongs to one class: name it with positive, one of %q.", after.Classes)
		return f, nil
	}
	err := f.classThreshold(before, after, positive, after.Classes)
	return f, err
}

// thresholdSlider returns a slider of thresholds from 0 to 1, still without tables.
func thresholdSlider() (s *table.Slider, thresholds []float64) {
	s = &table.Slider{Label: "threshold", Start: thresholdSteps / 2}
	for i := range thresholdSteps + 1 {
		thresholds = append(thresholds, float64(i)/thresholdSteps)
		s.Positions = append(s.Positions, fmt.Sprintf("%.2f", thresholds[i]))
	}
	return s, thresholds
}

// counter counts decisions, as metrics.Predictions and metrics.MultiLabelPredictions do.
type counter interface {
	AtThresholds(class int, thresholds ...float64) ([]metrics.ThresholdCounts, error)
}

// classThreshold adds the slider of one class.
func (f *Figures) classThreshold(before, after counter, positive string, classes []string) error {
	if err := checkPositive(positive, classes); err != nil {
		return err
	}
	class := slices.Index(classes, positive)
	s, thresholds := thresholdSlider()
	old, err := before.AtThresholds(class, thresholds...)
	if err != nil {
		return err
	}
	now, err := after.AtThresholds(class, thresholds...)
	if err != nil {
		return err
	}
	for i := range thresholds {
		t, err := decisions(positive, old[i], now[i])
		if err != nil {
			return err
		}
		s.Tables = append(s.Tables, t)
	}
	f.Sliders = append(f.Sliders, s)
	return nil
}

// decisions is the table of one threshold.
func decisions(positive string, before, after metrics.ThresholdCounts) (*table.Table, error) {
	t := table.New(sayf("Decisions for %q on %d test examples", positive, after.Examples()),
		table.Column{Name: "measure"}, table.Column{Name: "before"}, table.Column{Name: "after"})
	row := func(name string, value func(metrics.ThresholdCounts) table.Number) {
		t.Add(name, value(before), value(after))
	}
	accuracyOf := func(c metrics.ThresholdCounts) (table.Number, error) {
		n := c.Examples()
		interval, err := significance.Wilson(c.Right(), n, 0.95)
		return table.Number{Value: c.Accuracy(), Text: percent(c.Accuracy(), n) + spread(interval, n)}, err
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

// ratio returns a share as a percentage; without examples (of is 0) it is undefined and shown as a dash.
func ratio(value float64, of int) table.Number {
	if of == 0 { // a share of nothing
		return table.Number{Value: math.NaN(), Text: "–"}
	}
	return table.Number{Value: value, Text: percent(value, of)}
}

func count(n int) table.Number { return table.Number{Value: float64(n), Text: numerals.Count(n)} }

// percent is a share of examples as text.
func percent(share float64, examples int) string { return numerals.Percent(share, examples) + " %" }
