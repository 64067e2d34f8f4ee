package metrics

import (
	"math"
	"slices"
)

// MultiLabelSummary contains numbers of [MultiLabelMetrics] without intervals, which cost nothing
// to compute: for evaluations during a training.
type MultiLabelSummary struct {
	Examples       int     `json:"examples"`
	Loss           float64 `json:"loss"`
	SubsetAccuracy float64 `json:"subset_accuracy"`
	HammingLoss    float64 `json:"hamming_loss"`
	MicroF1        float64 `json:"micro_f1"`
	MacroF1        float64 `json:"macro_f1"`
}

// SummarizeMultiLabel returns the numbers of [MeasureMultiLabel], without intervals. The error is
// that of [MultiLabelPredictions.Validate].
func SummarizeMultiLabel(p *MultiLabelPredictions) (*MultiLabelSummary, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	counts := newLabelCounts(len(p.Classes))
	for i, labels := range p.Labels {
		counts.add(decide(labels, a.chosen[i]), 1)
	}
	observed := make([]float64, statClasses)
	counts.statistics(observed)
	return &MultiLabelSummary{
		Examples: p.Len(), Loss: a.loss, SubsetAccuracy: observed[statSubset], HammingLoss: observed[statHamming],
		MicroF1: observed[statMicroF1], MacroF1: observed[statMacroF1],
	}, nil
}

// RegressionSummary contains numbers of [RegressionMetrics] without intervals, which cost nothing
// to compute: for evaluations during a training. A number that is undefined is nil.
type RegressionSummary struct {
	Examples int      `json:"examples"`
	Pearson  *float64 `json:"pearson"`
	Spearman *float64 `json:"spearman"`
	MAE      float64  `json:"mae"`
	RMSE     float64  `json:"rmse"`
	R2       *float64 `json:"r2"`
}

// SummarizeRegression returns the numbers of [MeasureRegression], without intervals. The error is
// that of [RegressionPredictions.Validate].
func SummarizeRegression(p *RegressionPredictions) (*RegressionSummary, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	points := make([][]float64, p.Len())
	for i, value := range p.Values {
		points[i] = []float64{value, p.Answers[i]}
	}
	columns := sortedColumns(points) // sums in the order of MeasureRegression
	observed := make([]float64, statNumbers)
	newNumbers(columns[0], columns[1]).statistics(slices.Repeat([]int32{1}, p.Len()), observed)
	defined := func(s int) *float64 {
		if math.IsNaN(observed[s]) {
			return nil
		}
		return &observed[s]
	}
	return &RegressionSummary{
		Examples: p.Len(), Pearson: defined(statPearson), Spearman: defined(statSpearman),
		MAE: observed[statMAE], RMSE: observed[statRMSE], R2: defined(statR2),
	}, nil
}
