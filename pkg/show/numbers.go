package show

import (
	"context"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// numberName is the name of a regression's number in the data.
func numberName(labels []string) string {
	if len(labels) == 0 {
		return "value"
	}
	return labels[0]
}

// numberComparison compares the correlations and the errors.
func numberComparison(r *finetune.Report, cheap *evaluation.CheapBaselines) (Figures, error) {
	var f Figures
	before, after, c := r.Regression.Before, r.Regression.After, r.Regression.Comparison
	f.note("%v", r)
	f.note("%s", pairedEvidence("mean absolute error", c.MAE, c.Examples))
	if text := beyondMean(cheap, after); text != "" {
		f.note("%s", text)
	}
	if err := f.numberModels(cheap, before, after); err != nil {
		return f, err
	}
	if err := f.estimates(chart.Labels{Title: "Errors", Takeaway: pairedChange("The mean absolute error", c.MAE, c.Examples), Y: "error"},
		[]string{"mean absolute error", "root mean squared error"}, []significance.Estimate{before.MAE, before.RMSE}, []significance.Estimate{after.MAE, after.RMSE}); err != nil {
		return f, err
	}
	err := f.estimates(chart.Labels{Title: "Correlations of answers and values", Takeaway: pairedChange("Pearson's correlation", c.Pearson, c.Examples), Y: "correlation"},
		[]string{"Pearson", "Spearman (ranks)"}, []significance.Estimate{before.Pearson, before.Spearman}, []significance.Estimate{after.Pearson, after.Spearman})
	return f, err
}

// beyondMean states that a trained model is no better than the mean of the training values: an error that
// fell to it is no evidence that the model distinguishes the examples. It is empty for a better model.
func beyondMean(cheap *evaluation.CheapBaselines, after *metrics.RegressionMetrics) string {
	if cheap == nil || cheap.Regression == nil || cheap.Regression.Constant == nil {
		return ""
	}
	constant, trained := cheap.Regression.Constant.MAE.Value, after.MAE.Value
	if constant == nil || trained == nil || *trained < *constant {
		return ""
	}
	text := fmt.Sprintf("Always answering the mean of the training values has a mean absolute error of %s, the trained model %s: it is no better than that.", numerals.Number(*constant, 3), numerals.Number(*trained, 3))
	if *constant > largeNumber || *constant < smallSpread {
		text += " Numbers of this size need another scale: see the advice of notebook 00."
	}
	return text
}

// estimates adds bars of estimates before and after. Undefined ones are left out, with a note.
func (f *Figures) estimates(labels chart.Labels, names []string, before, after []significance.Estimate) error {
	var groups []string
	series := []chart.BarSeries{{Name: "before"}, {Name: "after"}}
	for i, name := range names {
		if before[i].Value == nil || after[i].Value == nil {
			reason := before[i].Reason
			if before[i].Value != nil {
				reason = after[i].Reason
			}
			f.note("%s is undefined: %s.", name, reason)
			continue
		}
		groups = append(groups, name)
		for side, e := range []significance.Estimate{before[i], after[i]} {
			low, high := *e.Value, *e.Value
			if e.Interval != nil {
				low, high = min(low, e.Interval.Low), max(high, e.Interval.High)
			}
			s := &series[side]
			s.Values, s.Low, s.High = append(s.Values, *e.Value), append(s.Low, low), append(s.High, high)
		}
	}
	if len(groups) == 0 {
		return nil
	}
	return f.add(chart.Bars(labels, groups, series...))
}

// answersOverValues draws the answers over the right values.
func answersOverValues(name string, before, after *metrics.RegressionPredictions) (Figures, error) {
	nearer := 0
	for i, value := range after.Values {
		if abs(after.Answers[i]-value) < abs(before.Answers[i]-value) {
			nearer++
		}
	}
	return one(chart.Scatter(chart.Labels{
		Title:    fmt.Sprintf("Answers and %s", name),
		Takeaway: sayf("%d of %d answers are nearer to the value after training.", nearer, after.Len()),
		X:        name, Y: "answer",
	}, "answer = value", chart.Points{Name: "before", X: before.Values, Y: before.Answers}, chart.Points{Name: "after", X: after.Values, Y: after.Answers}))
}

func abs(v float64) float64 { return max(v, -v) }

// numbersByLength draws the mean absolute error by length in tokens.
func numbersByLength(ctx context.Context, before, after *metrics.RegressionPredictions, tokens []int) (Figures, error) {
	return metricByLength(tokens, "Mean absolute error", "mean absolute error", func(side int, rows []int) (float64, *significance.Interval, error) {
		p := []*metrics.RegressionPredictions{before, after}[side].Select(rows...)
		m, err := metrics.MeasureRegression(ctx, p, significance.Bootstrap{Resamples: lengthResamples})
		if err != nil {
			return 0, nil, err
		}
		return *m.MAE.Value, m.MAE.Interval, nil
	})
}

// pairedChange describes a difference: "Micro F1 rose from 0.31 to 0.62 on 200 test examples
// (difference +0.31, 95 % interval +0.25 to +0.36)."
func pairedChange(name string, d significance.PairedDifference, examples int) string {
	if d.Difference.Value == nil {
		return fmt.Sprintf("%s has no difference: %s.", name, d.Difference.Reason)
	}
	signed := func(v float64) string { // with the decimals of the values
		if abs(*d.Before) < 10 && abs(*d.After) < 10 && (v == 0 || abs(v) >= 0.001) {
			return fmt.Sprintf("%+.3f", v)
		}
		return numerals.Signed(v, 3)
	}
	interval := ""
	if i := d.Difference.Interval; i != nil {
		interval = ", " + i.Text(signed)
	}
	verb := "rose"
	switch {
	case *d.Difference.Value == 0:
		return sayf("%s is the same before and after, %s, on %d test examples (difference 0%s).", name, numerals.Number(*d.After, 3), examples, interval)
	case *d.Difference.Value < 0:
		verb = "fell"
	}
	return sayf("%s %s from %s to %s on %d test examples (difference %s%s).", name, verb, numerals.Number(*d.Before, 3), numerals.Number(*d.After, 3), examples, signed(*d.Difference.Value), interval)
}

// pairedEvidence explains the interval and the permutation test of a difference.
func pairedEvidence(name string, d significance.PairedDifference, examples int) string {
	if d.Difference.Value == nil || d.Test == nil {
		return fmt.Sprintf("The difference in %s is undefined, so there is nothing to test: %s.", name, strings.TrimSuffix(d.Difference.Reason, "."))
	}
	p := d.Test.PValue
	text := ""
	switch i := d.Difference.Interval; {
	case i == nil:
		text = fmt.Sprintf("The difference in %s has no interval: %s. Permutation test: %s.", name, d.Difference.Reason, numerals.PValue(p))
	case i.Low <= 0 && i.High >= 0 && p >= significanceLevel:
		text = fmt.Sprintf("The interval of the difference in %s contains 0, and %s: chance can explain it. These examples do not show whether training changed the %[1]s.", name, numerals.PValue(p))
	case (i.Low > 0 || i.High < 0) && p < significanceLevel:
		text = fmt.Sprintf("The interval of the difference in %s does not contain 0. If training had no effect, a difference at least as large would have the probability %s: chance does not explain it.", name, numerals.PValue(p))
	default:
		text = fmt.Sprintf("The interval of the difference in %s and the permutation test (%s) disagree about whether chance can explain it: the evidence is weak.", name, numerals.PValue(p))
	}
	if examples < fewExamples {
		text += sayf(" %d test examples are few: both methods are approximate, and only a large difference can be found.", examples)
	}
	return text
}

// sayf formats as fmt.Sprintf, with commas in the whole numbers from 1,000.
func sayf(format string, args ...any) string {
	grouped := make([]any, len(args))
	for i, arg := range args {
		if n, ok := arg.(int); ok {
			arg = whole(n)
		}
		grouped[i] = arg
	}
	return fmt.Sprintf(format, grouped...)
}

// whole is a whole number of a sentence.
type whole int

// Format writes the number with a comma before every three digits.
func (n whole) Format(f fmt.State, _ rune) {
	text := numerals.Count(int(n))
	if width, ok := f.Width(); ok {
		text = fmt.Sprintf("%*s", width, text)
	}
	_, _ = fmt.Fprint(f, text) // the error is that of a buffer, which has none
}
