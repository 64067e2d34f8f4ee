package show

import (
	"math"
	"slices"
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

// A model that has learned only which class is frequent is said to, however much its accuracy rose.
func TestMajorityAfterTraining(t *testing.T) {
	classes := labelSets["bad, fair, good"]
	uneven := func(skill float64) *metrics.Predictions { // the second class is frequent
		p := answers(classes, 40, skill)
		for i, label := range p.Labels {
			if i%10 != 0 {
				label = 1
			}
			p.Labels[i] = label
		}
		return p
	}
	four := []string{"a", "b", "c", "d"}
	onlyFirstTwo := func(p *metrics.Predictions) *metrics.Predictions {
		for i := range p.Logits {
			if i%4 >= 2 {
				p.Logits[i] = -100
			}
		}
		return p
	}
	ofOne := func(p *metrics.Predictions) *metrics.Predictions {
		p.Labels = slices.Repeat([]int{1}, len(p.Labels))
		return p
	}
	for name, c := range map[string]struct {
		before, after *metrics.Predictions
		want          string
	}{
		"one class":      {uneven(0), shifted(uneven(0), 50), `predicts "fair" for every example: it does not distinguish`},
		"below majority": {uneven(0), uneven(0), "is below the "},
		"better":         {answers(classes, 40, 0), answers(classes, 40, 3), ""},
		"two of four":    {answers(four, 40, 0), onlyFirstTwo(answers(four, 40, 9)), `2 of the 4 classes are never predicted after training: "c", "d".`},
		"one true class": {ofOne(uneven(0)), ofOne(shifted(uneven(0), 50)), `All test examples have the class "fair": the accuracy does not show`},
	} {
		f, err := accuracy(reportOf(t, c.before, c.after), nil)
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(f.Notes, "\n")
		if !strings.Contains(notes, c.want) || c.want == "" && strings.Contains(notes, "distinguish") {
			t.Errorf("%s: %s", name, notes)
		}
	}
}

// The factor of the odds has no more digits than it means.
func TestFactor(t *testing.T) {
	for x, want := range map[float64]string{30.66: "30.7", 4e29: "more than 1,000", math.Inf(1): "more than 1,000"} {
		if got := factor(x); got != want {
			t.Errorf("%v: %q, want %q", x, got, want)
		}
	}
}
