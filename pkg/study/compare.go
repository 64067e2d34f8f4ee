package study

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Difference compares a variant with the reference.
type Difference struct {
	Variant           Variant
	*metrics.Repeated         // the reference first
	AdjustedP         float64 // PValue corrected for the number of comparisons, by Holm's method
}

// Compare compares each of the other variants with the reference, in their order. All must have
// the same seeds and test examples.
func Compare(reference *Result, others ...*Result) ([]Difference, error) {
	if len(others) == 0 {
		return nil, errors.New("study: no variants to compare: expected at least one besides the reference")
	}
	var list []Difference
	var pValues []float64
	for _, other := range others {
		repeated, err := metrics.CompareRepeated(reference.Predictions, other.Predictions)
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
