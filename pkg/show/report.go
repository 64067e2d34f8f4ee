package show

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// lengthGroups is the number of groups of [ByLength].
const lengthGroups = 4

// ByLength draws the accuracy before and after for four groups of test examples, of about
// equal size, by length in tokens.
func ByLength(ctx context.Context, r *finetune.Run) (Figures, error) {
	before, after, err := predictions(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	e, err := r.Examples(ctx)
	if err != nil {
		return Figures{}, err
	}
	tokens, err := r.TokenCounts(ctx, e.Test)
	if err != nil {
		return Figures{}, err
	}
	return byLength(before, after, tokens)
}

// predictions returns the predictions for the test examples before and after training. It
// trains and measures first, as far as the run folder does not hold the results.
func predictions(ctx context.Context, r *finetune.Run) (before, after *metrics.Predictions, err error) {
	if err := checkRun(r); err != nil {
		return nil, nil, err
	}
	if _, err = r.Report(ctx); err != nil {
		return nil, nil, err
	}
	if before, err = r.Folder.ReadPredictions(runfolder.BaselinePredictionsFile); err != nil {
		return nil, nil, err
	}
	after, err = r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
	return before, after, err
}

func byLength(before, after *metrics.Predictions, tokens []int) (Figures, error) {
	var groups []string
	bars := func(name string, p *metrics.Predictions) (chart.BarSeries, error) {
		s := chart.BarSeries{Name: name}
		groups = nil
		all, err := p.AccuracyBy(tokens, lengthGroups)
		for _, g := range all {
			span := fmt.Sprintf("%d to %d", g.From, g.To)
			if g.From == g.To {
				span = fmt.Sprint(g.From)
			}
			groups = append(groups, span)
			s.Values = append(s.Values, 100*g.Accuracy)
			s.Low = append(s.Low, 100*g.Interval.Low)
			s.High = append(s.High, 100*g.Interval.High)
		}
		return s, err
	}
	old, err := bars("before", before)
	if err != nil {
		return Figures{}, err
	}
	now, err := bars("after", after)
	if err != nil {
		return Figures{}, err
	}
	last := len(now.Values) - 1
	takeaway := fmt.Sprintf("After training: %.0f %% on the shortest examples, %.0f %% on the longest.", now.Values[0], now.Values[last])
	if last == 0 {
		takeaway = fmt.Sprintf("All examples have the same length; the accuracy after training is %.0f %%.", now.Values[0])
	}
	return one(chart.Bars(chart.Labels{Title: "Accuracy by length in tokens", Takeaway: takeaway, Y: "%"}, groups, old, now))
}

// Calibration draws the reliability diagram before and after: accuracy against confidence,
// with the 95 % Wilson interval of each bin.
func Calibration(r *finetune.Report) (Figures, error) {
	if err := checkReport(r); err != nil {
		return Figures{}, err
	}
	curve := func(name string, c metrics.Calibration) (chart.Calibration, error) {
		out := chart.Calibration{Name: name}
		for _, b := range c.Bins {
			if b.Examples == 0 {
				continue
			}
			interval, err := metrics.Wilson(int(math.Round(b.Accuracy*float64(b.Examples))), b.Examples, 0.95)
			if err != nil {
				return out, err
			}
			out.Confidence = append(out.Confidence, b.Confidence)
			out.Accuracy = append(out.Accuracy, b.Accuracy)
			out.Count = append(out.Count, b.Examples)
			out.Low, out.High = append(out.Low, interval.Low), append(out.High, interval.High)
		}
		return out, nil
	}
	var f Figures
	f.note("%s", calibration(r.Before, r.After))
	small, err := smallBins(r.After)
	if err != nil {
		return f, err
	}
	if small != "" {
		f.note("%s", small)
	}
	before, after := r.Before.Calibration, r.After.Calibration
	old, errOld := curve("before", before)
	now, errNow := curve("after", after)
	if err := errors.Join(errOld, errNow); err != nil {
		return f, err
	}
	err = f.add(chart.Reliability(chart.Labels{
		Title:    "Confidence and accuracy",
		Takeaway: fmt.Sprintf("Expected calibration error %.3f before, %.3f after.", before.ECE, after.ECE),
	}, old, now))
	return f, err
}
