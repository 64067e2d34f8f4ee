package show

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// A trained model whose error is that of the mean of the training values is said to be no better.
func TestBeyondMean(t *testing.T) {
	of := func(mae float64) *metrics.RegressionMetrics {
		return &metrics.RegressionMetrics{MAE: significance.Estimate{Value: &mae}}
	}
	cheap := &evaluation.CheapBaselines{Regression: &evaluation.CheapPair[metrics.RegressionMetrics]{Constant: of(0.241)}}
	if got := beyondMean(cheap, of(1.925)); !strings.Contains(got, "mean absolute error of 0.241, the trained model 1.93: it is no better") {
		t.Errorf("a worse model: %q", got)
	}
	if got := beyondMean(cheap, of(0.1)) + beyondMean(nil, of(1)); got != "" {
		t.Errorf("a better model, and one without a baseline: %q", got)
	}
}

// A tagger that finds no entity is found by its counts.
func TestFindsNone(t *testing.T) {
	of := func(support, answered int) *metrics.TagMetrics {
		return &metrics.TagMetrics{Types: []metrics.EntityMetrics{{Name: "PER", Support: support, Answered: answered}}}
	}
	if !findsNone(of(3, 0)) || findsNone(of(3, 1)) || findsNone(of(0, 0)) {
		t.Error("a tagger without entities is not told from others")
	}
}

// A few far errors do not set the steps of the slider.
func TestSliderRange(t *testing.T) {
	errs := make([]float64, 200)
	for i := range errs {
		errs[i] = float64(i) / 10
	}
	if got := sliderRange(errs); got != 19.9 {
		t.Errorf("of even errors %v, want the greatest", got)
	}
	errs[199] = 3000
	if got := sliderRange(errs); got != 19.5 {
		t.Errorf("with an error of 3000: %v, want 19.5", got)
	}
	if got := sliderRange(nil) + sliderRange([]float64{1, 3000}); got != 3000 {
		t.Errorf("of none and of two: %v", got)
	}
}
