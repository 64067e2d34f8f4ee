package study

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Difference compares a variant with the reference.
type Difference struct {
	Variant           Variant
	*metrics.Repeated         // the reference first
	AdjustedP         float64 // PValue corrected for the number of comparisons, by Holm's method
}

// String is the name of the variant with the comparison.
func (d Difference) String() string {
	return fmt.Sprintf("%s: %s; %s by Holm's method", d.Variant.Name, d.Repeated, numerals.PValue(d.AdjustedP))
}

// Compare compares each of the other variants with the reference, in their order, by the metric of
// their task ([Result.Metric]). All must have the same task, seeds and test examples.
func Compare(reference *Result, others ...*Result) ([]Difference, error) {
	if len(others) == 0 {
		return nil, errors.New("study: no variants to compare: expected at least one besides the reference")
	}
	var list []Difference
	var pValues []float64
	for _, other := range others {
		repeated, err := compare(reference.Predictions, other.Predictions)
		if err != nil {
			return nil, fmt.Errorf("variant %q beside %q: %w", other.Variant.Name, reference.Variant.Name, err)
		}
		list, pValues = append(list, Difference{Variant: other.Variant, Repeated: repeated}), append(pValues, repeated.PValue)
	}
	adjusted, err := significance.Holm(pValues...)
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].AdjustedP = adjusted[i]
	}
	return list, nil
}

// compare compares the predictions of trainings for one task.
func compare(first, second []*classify.TaskPredictions) (*metrics.Repeated, error) {
	if len(first) == 0 || first[0] == nil {
		return nil, errors.New("study: the result has no predictions: expected those of Study.Run")
	}
	switch {
	case first[0].MultiLabel != nil:
		return repeated(first, second, metrics.CompareRepeatedMultiLabel, func(p *classify.TaskPredictions) *metrics.MultiLabelPredictions { return p.MultiLabel })
	case first[0].Regression != nil:
		return repeated(first, second, metrics.CompareRepeatedRegression, func(p *classify.TaskPredictions) *metrics.RegressionPredictions { return p.Regression })
	case first[0].Tags != nil:
		return repeated(first, second, metrics.CompareRepeatedTags, func(p *classify.TaskPredictions) *metrics.TagPredictions { return p.Tags })
	}
	return repeated(first, second, metrics.CompareRepeated, func(p *classify.TaskPredictions) *metrics.Predictions { return p.SingleLabel })
}

// repeated compares the predictions of a task, which of returns.
func repeated[P any](first, second []*classify.TaskPredictions, compare func(first, second []*P) (*metrics.Repeated, error), of func(*classify.TaskPredictions) *P) (*metrics.Repeated, error) {
	var sides [2][]*P
	for side, all := range [][]*classify.TaskPredictions{first, second} {
		for _, p := range all {
			if p == nil || of(p) == nil {
				return nil, errors.New("study: the variants have predictions for different tasks: expected the same task")
			}
			sides[side] = append(sides[side], of(p))
		}
	}
	return compare(sides[0], sides[1])
}
