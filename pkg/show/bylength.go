package show

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// lengthGroups is the number of groups of [ByLength].
const lengthGroups = 4

// ByLength draws the main metric of the task before and after for four groups of test examples,
// of about equal size, by length in tokens: accuracy, micro F1, the mean absolute error, or
// entity F1. The length of a pair is that of both texts.
func ByLength(ctx context.Context, r *finetune.Run) (Figures, error) {
	if err := checkTask(r.Experiment.Task); err != nil {
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
	return views{
		single: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadPredictions)
			if err != nil {
				return Figures{}, err
			}
			return byLength(before, after, tokens)
		},
		several: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadMultiLabelPredictions)
			if err != nil {
				return Figures{}, err
			}
			return severalByLength(ctx, before, after, tokens)
		},
		number: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadRegressionPredictions)
			if err != nil {
				return Figures{}, err
			}
			return numbersByLength(ctx, before, after, tokens)
		},
		tags: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadTagPredictions)
			if err != nil {
				return Figures{}, err
			}
			return tagsByLength(ctx, before, after, tokens)
		},
	}.of(r.Experiment.Task)
}

func byLength(before, after *metrics.Predictions, tokens []int) (Figures, error) {
	var groups []string
	bars := func(name string, p *metrics.Predictions) (chart.BarSeries, error) {
		s := chart.BarSeries{Name: name}
		groups = nil
		all, err := p.AccuracyBy(tokens, lengthGroups)
		for _, g := range all {
			groups = append(groups, span(g.From, g.To))
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

// span names a range of lengths.
func span(from, to int) string {
	if from == to {
		return fmt.Sprint(from)
	}
	return sayf("%d to %d", from, to)
}
