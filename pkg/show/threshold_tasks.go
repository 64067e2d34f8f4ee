package show

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// severalThreshold shows the decisions about one class, or about all classes.
func severalThreshold(before, after *metrics.MultiLabelPredictions, positive string) (Figures, error) {
	var f Figures
	if positive != "" {
		err := f.classThreshold(before, after, positive, after.Classes)
		return f, err
	}
	s, thresholds := thresholdSlider()
	// counts are those of each threshold and class.
	counts := func(p *metrics.MultiLabelPredictions) ([][]metrics.ThresholdCounts, error) {
		out := make([][]metrics.ThresholdCounts, len(thresholds))
		for class := range p.Classes {
			list, err := p.AtThresholds(class, thresholds...)
			if err != nil {
				return nil, err
			}
			for i, c := range list {
				out[i] = append(out[i], c)
			}
		}
		return out, nil
	}
	old, err := counts(before)
	if err != nil {
		return f, err
	}
	now, err := counts(after)
	if err != nil {
		return f, err
	}
	for i := range thresholds {
		t := allDecisions(old[i], now[i])
		if err := t.Err(); err != nil {
			return f, err
		}
		s.Tables = append(s.Tables, t)
	}
	f.Sliders = append(f.Sliders, s)
	f.note("One threshold for all %d classes. Name a class with positive for the threshold of that class.", len(after.Classes))
	return f, nil
}

// allDecisions is the table of one threshold for all classes.
func allDecisions(before, after []metrics.ThresholdCounts) *table.Table {
	t := table.New(sayf("Decisions about all %d classes on %d test examples", len(after), after[0].Examples()),
		table.Column{Name: "measure"}, table.Column{Name: "before"}, table.Column{Name: "after"})
	row := func(name string, value func(sum metrics.ThresholdCounts, classes []metrics.ThresholdCounts) table.Number) {
		t.Add(name, value(sumOf(before), before), value(sumOf(after), after))
	}
	score := func(v float64) table.Number { return table.Number{Value: v, Text: fmt.Sprintf("%.3f", v)} }
	row("micro F1", func(c metrics.ThresholdCounts, _ []metrics.ThresholdCounts) table.Number { return score(c.F1()) })
	row("macro F1", func(_ metrics.ThresholdCounts, classes []metrics.ThresholdCounts) table.Number {
		mean := 0.0
		for _, c := range classes {
			mean += c.F1() / float64(len(classes))
		}
		return score(mean)
	})
	row("precision: right among the predicted", func(c metrics.ThresholdCounts, _ []metrics.ThresholdCounts) table.Number {
		return ratio(c.Precision(), c.TruePositives+c.FalsePositives)
	})
	row("recall: found of the classes", func(c metrics.ThresholdCounts, _ []metrics.ThresholdCounts) table.Number {
		return ratio(c.Recall(), c.TruePositives+c.FalseNegatives)
	})
	row("true positives", func(c metrics.ThresholdCounts, _ []metrics.ThresholdCounts) table.Number {
		return count(c.TruePositives)
	})
	row("false positives", func(c metrics.ThresholdCounts, _ []metrics.ThresholdCounts) table.Number {
		return count(c.FalsePositives)
	})
	row("false negatives", func(c metrics.ThresholdCounts, _ []metrics.ThresholdCounts) table.Number {
		return count(c.FalseNegatives)
	})
	return t
}

// sumOf adds the counts of classes.
func sumOf(classes []metrics.ThresholdCounts) (sum metrics.ThresholdCounts) {
	for _, c := range classes {
		sum.TruePositives += c.TruePositives
		sum.FalsePositives += c.FalsePositives
		sum.FalseNegatives += c.FalseNegatives
		sum.TrueNegatives += c.TrueNegatives
	}
	return sum
}

// toleranceSteps is the number of steps of the slider of tolerances.
const toleranceSteps = 50

// sliderRange is the greatest of sorted errors, or that of nearly all, if a few far ones would leave the others
// on the first position of the slider.
func sliderRange(errs []float64) float64 {
	const nearly, far, few = 0.98, 5, 50
	if len(errs) == 0 {
		return 0
	}
	top, most := errs[len(errs)-1], errs[int(nearly*float64(len(errs)-1))]
	if len(errs) >= few && most > 0 && top > far*most {
		return most
	}
	return top
}

// tolerance shows how many answers of a regression are within a tolerance of the value.
func tolerance(before, after *metrics.RegressionPredictions) (Figures, error) {
	var f Figures
	var errs []float64
	for i, value := range after.Values {
		errs = append(errs, abs(after.Answers[i]-value), abs(before.Answers[i]-value))
	}
	slices.Sort(errs)
	largest := slices.Max(append(errs, 0))
	reach := sliderRange(errs)
	within := func(p *metrics.RegressionPredictions, most float64) (table.Number, table.Number, error) {
		n := 0
		for i, value := range p.Values {
			if abs(p.Answers[i]-value) <= most {
				n++
			}
		}
		interval, err := significance.Wilson(n, p.Len(), 0.95)
		return share(float64(n)/float64(p.Len()), interval, p.Len()), count(n), err
	}
	s := &table.Slider{Label: "largest error", Start: toleranceSteps / 4}
	for i := range toleranceSteps + 1 {
		most := reach * float64(i) / toleranceSteps
		if i == toleranceSteps {
			most = largest
		}
		s.Positions = append(s.Positions, numerals.Number(most, 3))
		t := table.New(sayf("Answers within the largest error, of %d test examples", after.Len()),
			table.Column{Name: "measure"}, table.Column{Name: "before"}, table.Column{Name: "after"})
		old, oldCount, err := within(before, most)
		if err != nil {
			return f, err
		}
		now, nowCount, err := within(after, most)
		if err != nil {
			return f, err
		}
		t.Add("share within, %, 95 % interval", old, now)
		t.Add("examples within", oldCount, nowCount)
		if err := t.Err(); err != nil {
			return f, err
		}
		s.Tables = append(s.Tables, t)
	}
	f.note("Without scripts the table shows the largest error %s.", s.Positions[s.Start])
	f.Sliders = append(f.Sliders, s)
	return f, nil
}
