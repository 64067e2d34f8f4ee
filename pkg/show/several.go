package show

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// severalComparison compares the F1 of all decisions and of each class.
func severalComparison(r *finetune.Report, cheap *evaluation.CheapBaselines) (Figures, error) {
	var f Figures
	before, after, c := r.MultiLabel.Before, r.MultiLabel.After, r.MultiLabel.Comparison
	f.note("%v", r)
	f.note("%s", pairedEvidence("micro F1", c.MicroF1, c.Examples))
	if err := f.severalModels(cheap, before, after); err != nil {
		return f, err
	}
	classes := lowestClasses(after.Classes, func(c metrics.LabelMetrics) float64 { return c.F1 })
	groups := []string{besideClasses("micro average", after.ClassNames()), besideClasses("macro average", after.ClassNames())}
	bars := func(name string, m *metrics.MultiLabelMetrics) chart.BarSeries {
		s := chart.BarSeries{Name: name, Values: []float64{m.MicroF1, m.MacroF1},
			Low: []float64{m.MicroF1Interval.Low, m.MacroF1Interval.Low}, High: []float64{m.MicroF1Interval.High, m.MacroF1Interval.High}}
		for _, class := range classes {
			c := m.Classes[class]
			s.Values, s.Low, s.High = append(s.Values, c.F1), append(s.Low, min(c.F1, c.F1Interval.Low)), append(s.High, max(c.F1, c.F1Interval.High))
		}
		return s
	}
	for _, class := range classes {
		groups = append(groups, after.Classes[class].Name)
	}
	takeaway := pairedChange("Micro F1", c.MicroF1, c.Examples)
	if len(classes) < len(after.Classes) {
		takeaway += sayf(" Of %d classes, the %d with the lowest F1 after training.", len(after.Classes), len(classes))
	}
	err := f.add(chart.Bars(chart.Labels{Title: "F1", Takeaway: takeaway, Y: "F1"}, groups, bars("before", before), bars("after", after)))
	return f, err
}

// lowestClasses returns the numbers of the classes that a chart of bars has, in their order: all,
// or, of too many, those with the lowest value.
func lowestClasses(classes []metrics.LabelMetrics, value func(metrics.LabelMetrics) float64) []int {
	out := make([]int, len(classes))
	for i := range out {
		out[i] = i
	}
	if len(out) > mostClasses {
		slices.SortStableFunc(out, func(a, b int) int { return cmp.Compare(value(classes[a]), value(classes[b])) })
		out = out[:mostClasses]
		slices.Sort(out)
	}
	return out
}

// decisionsByClass shows a table of the classes, and draws their wrong decisions.
func decisionsByClass(before, after *metrics.MultiLabelMetrics) (Figures, error) {
	var f Figures
	t := table.New("Decisions about each class", table.Column{Name: "class"}, table.Column{Name: "examples"}, table.Column{Name: "threshold", Format: "%.2f"},
		table.Column{Name: "F1 before", Format: "%.3f"}, table.Column{Name: "F1 after, 95 % interval"},
		table.Column{Name: "precision after", Unit: "%", Format: "%.0f"}, table.Column{Name: "recall after", Unit: "%", Format: "%.0f"})
	wrong := func(c metrics.LabelMetrics) float64 { // missed and wrongly given
		hits := int(c.Recall*float64(c.Support) + 0.5)
		return float64(c.Support - hits + c.Answered - hits)
	}
	never, always := 0, 0
	sums := [2]float64{}
	for i, c := range after.Classes {
		old := before.Classes[i]
		t.Add(c.Name, c.Support, c.Threshold, old.F1, within(c.F1, &c.F1Interval), 100*c.Precision, 100*c.Recall)
		sums[0], sums[1] = sums[0]+wrong(old), sums[1]+wrong(c)
		switch c.Answered {
		case 0:
			never++
		case after.Examples:
			always++
		}
	}
	f.Tables = append(f.Tables, t)
	if err := t.Err(); err != nil {
		return f, err
	}
	if never > 0 {
		f.note("%d of the %d classes %s never predicted after training: the probability is below the threshold for every example. If the area under the ROC curve of a class is above 0.5 (Ranking), a lower threshold finds examples.", never, len(after.Classes), plural(never, "is", "are"))
	}
	if always > 0 {
		f.note("%d of the %d classes %s predicted for every example after training: these decisions do not depend on the text.", always, len(after.Classes), plural(always, "is", "are"))
	}
	classes := lowestClasses(after.Classes, func(c metrics.LabelMetrics) float64 { return -wrong(c) })
	var groups []string
	old, now := chart.BarSeries{Name: "before"}, chart.BarSeries{Name: "after"}
	for _, class := range classes {
		groups = append(groups, after.Classes[class].Name)
		old.Values, now.Values = append(old.Values, wrong(before.Classes[class])), append(now.Values, wrong(after.Classes[class]))
	}
	takeaway := sayf("%d of %d decisions are wrong after training, %d before.", int(sums[1]), after.Examples*len(after.Classes), int(sums[0]))
	if len(classes) < len(after.Classes) {
		takeaway += sayf(" Of %d classes, the %d with the most wrong decisions after training.", len(after.Classes), len(classes))
	}
	err := f.add(chart.Bars(chart.Labels{Title: "Wrong decisions about each class", Takeaway: takeaway, Y: "examples"}, groups, old, now))
	return f, err
}

// severalByLength draws micro F1 by length in tokens.
func severalByLength(ctx context.Context, before, after *metrics.MultiLabelPredictions, tokens []int) (Figures, error) {
	return metricByLength(tokens, "Micro F1", "micro F1", func(side int, rows []int) (float64, *significance.Interval, error) {
		p := []*metrics.MultiLabelPredictions{before, after}[side].Select(rows...)
		m, err := metrics.MeasureMultiLabel(ctx, p, significance.Bootstrap{Resamples: lengthResamples})
		if err != nil {
			return 0, nil, err
		}
		return m.MicroF1, &m.MicroF1Interval, nil
	})
}

// lengthResamples is the number of resamples of the intervals of small groups.
const lengthResamples = 2000

// metricByLength draws a metric before (side 0) and after (side 1) by length in tokens.
func metricByLength(tokens []int, title, unit string, measure func(side int, rows []int) (float64, *significance.Interval, error)) (Figures, error) {
	rows, err := metrics.GroupBy(tokens, lengthGroups)
	if err != nil {
		return Figures{}, err
	}
	series := []chart.BarSeries{{Name: "before"}, {Name: "after"}}
	var groups []string
	for _, group := range rows {
		groups = append(groups, span(tokens[group[0]], tokens[group[len(group)-1]]))
	}
	for side := range series {
		s := &series[side]
		for _, group := range rows {
			value, interval, err := measure(side, group)
			if err != nil {
				return Figures{}, err
			}
			low, high := value, value
			if interval != nil {
				low, high = min(value, interval.Low), max(value, interval.High)
			}
			s.Values, s.Low, s.High = append(s.Values, value), append(s.Low, low), append(s.High, high)
		}
	}
	now := series[1].Values
	takeaway := fmt.Sprintf("After training: %s on the shortest examples, %s on the longest.", numerals.Number(now[0], 3), numerals.Number(now[len(now)-1], 3))
	if len(now) == 1 {
		takeaway = fmt.Sprintf("All examples have the same length; the %s after training is %s.", unit, numerals.Number(now[0], 3))
	}
	return one(chart.Bars(chart.Labels{Title: title + " by length in tokens", Takeaway: takeaway, Y: unit}, groups, series...))
}
