package metrics

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/lorabook/lorabook/pkg/significance"
)

// RegressionMetrics are the evaluation results of a model that answers with a number. They agree
// with scipy's and scikit-learn's on the same numbers; none of them is NaN.
type RegressionMetrics struct {
	Examples int `json:"examples"`
	// Pearson is the linear correlation of the answers with the values, -1 to 1. It is undefined
	// if all values or all answers are the same.
	Pearson significance.Estimate `json:"pearson"`
	// PearsonFisher is a second interval of Pearson at the same level, by Fisher's z
	// transformation (Fisher 1921, On the probable error of a coefficient of correlation, Metron
	// 1). It assumes normally distributed numbers; where it differs much from that of Pearson,
	// they are not. It is nil for an undefined correlation and for fewer than four examples.
	PearsonFisher *significance.Interval `json:"pearson_fisher_interval,omitempty"`
	// Spearman is the correlation of the ranks, -1 to 1; equal numbers have the mean of their
	// ranks. It is undefined where Pearson is.
	Spearman significance.Estimate `json:"spearman"`
	MAE      significance.Estimate `json:"mae"`  // mean absolute error, in the values' unit
	RMSE     significance.Estimate `json:"rmse"` // root of the mean squared error, in the values' unit
	// R2 is the coefficient of determination: 1 minus the squared errors divided by those of
	// answering the mean of the values always. It is negative for a model that is worse than
	// that, and undefined if all values are the same.
	R2 significance.Estimate `json:"r2"`
}

// The numbers that MeasureRegression estimates.
const (
	statMAE = iota
	statRMSE
	statR2
	statPearson
	statSpearman
	statNumbers
)

// MeasureRegression works out the metrics. The error is that of [RegressionPredictions.Validate],
// or about the bootstrap.
func MeasureRegression(ctx context.Context, p *RegressionPredictions, bootstrap significance.Bootstrap) (*RegressionMetrics, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	bootstrap, err := bootstrap.WithDefaults()
	if err != nil {
		return nil, err
	}
	n := p.Len()
	points := make([][]float64, n)
	for i, value := range p.Values {
		points[i] = []float64{value, p.Answers[i]}
	}
	columns := sortedColumns(points)
	values, answers := columns[0], columns[1]
	observed, intervals, err := bootstrap.Intervals(ctx, n, statNumbers, func() significance.Statistics { return newNumbers(values, answers).statistics })
	if err != nil {
		return nil, err
	}
	estimate := func(s int, reason string) significance.Estimate {
		return significance.NewEstimate(observed[s], intervals[s], reason)
	}
	same := constant("value", values)
	undefined := cmp.Or(same, constant("answer", answers))
	m := &RegressionMetrics{
		Examples: n,
		Pearson:  estimate(statPearson, undefined), Spearman: estimate(statSpearman, undefined),
		MAE: estimate(statMAE, ""), RMSE: estimate(statRMSE, ""), R2: estimate(statR2, same),
	}
	z := distuv.UnitNormal.Quantile(0.5 + bootstrap.Level/2)
	m.PearsonFisher = fisher(observed[statPearson], n, bootstrap.Level, z)
	return m, nil
}

// sortedColumns returns the columns of rows in the order of their contents. The random resamples
// then do not depend on the order given.
func sortedColumns(rows [][]float64) [][]float64 {
	slices.SortFunc(rows, slices.Compare)
	columns := make([][]float64, len(rows[0]))
	for c := range columns {
		for _, row := range rows {
			columns[c] = append(columns[c], row[c])
		}
	}
	return columns
}

// constant is the reason why a correlation with the numbers is undefined, or "".
func constant(what string, numbers []float64) string {
	if slices.Min(numbers) != slices.Max(numbers) {
		return ""
	}
	return fmt.Sprintf("every %s is %v", what, numbers[0])
}

// numbers computes the metrics of weighted samples.
type numbers struct {
	values, answers       []float64
	byValue, byAnswer     ranking
	valueRank, answerRank []float64
}

func newNumbers(values, answers []float64) *numbers {
	return &numbers{
		values: values, answers: answers, byValue: newRanking(values), byAnswer: newRanking(answers),
		valueRank: make([]float64, len(values)), answerRank: make([]float64, len(values)),
	}
}

func (s *numbers) statistics(weights []int32, out []float64) {
	absolute, squares, n := 0.0, 0.0, 0.0
	for i, w := range weights {
		if w != 0 {
			e := s.answers[i] - s.values[i]
			n += float64(w)
			absolute += float64(w) * math.Abs(e)
			squares += float64(w) * e * e
		}
	}
	out[statMAE] = absolute / n
	out[statRMSE] = math.Sqrt(squares / n)
	out[statR2] = math.NaN()
	if _, spread := moments(s.values, weights); spread > 0 {
		out[statR2] = 1 - square(math.Sqrt(squares)/spread)
	}
	out[statPearson] = pearson(s.values, s.answers, weights)
	s.byValue.ranks(weights, s.valueRank)
	s.byAnswer.ranks(weights, s.answerRank)
	out[statSpearman] = pearson(s.valueRank, s.answerRank, weights)
}
