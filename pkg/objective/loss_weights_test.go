package objective

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/data"
)

// Balanced weights are those of scikit-learn (compute_class_weight) and the ratio of negative to
// positive examples.
func TestBalancedWeights(t *testing.T) {
	labels := []string{"a", "b", "c"}
	var examples []data.Example
	for _, label := range []int{0, 0, 0, 1, 2, 2} {
		examples = append(examples, data.Example{Label: label, Labels: []int{label}})
	}
	weights, err := Loss{ClassWeights: Balanced}.classWeights(examples, labels)
	if err != nil {
		t.Fatal(err)
	}
	// compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2])
	if diff := cmp.Diff([]float32{2. / 3, 2, 1}, weights); diff != "" {
		t.Error(diff)
	}
	if weights, err = (Loss{PositiveWeights: Balanced}).positiveWeights(examples, labels); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{1, 5, 2}, weights); diff != "" {
		t.Error(diff)
	}
	given := Weights{ByClass: map[string]float64{"c": 3, "a": 1, "b": 2}}
	if weights, err = (Loss{ClassWeights: given}).classWeights(examples, labels); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float32{1, 2, 3}, weights); diff != "" {
		t.Error(diff)
	}
	for says, weights := range map[string]Weights{
		`no training example has the class "d"`: Balanced,
		`has no weight for class "d"`:           given,
		`names the class "e"`:                   {ByClass: map[string]float64{"e": 1}},
	} {
		if _, err := (Loss{ClassWeights: weights}).classWeights(examples, append(labels, "d")); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "training.loss.class_weights") {
			t.Errorf("%q: %v", says, err)
		}
	}
}
