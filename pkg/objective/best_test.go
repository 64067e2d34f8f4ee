package objective

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// TestCriteriaAreMeasured: the evaluation of each task has a number for each of its criteria. A criterion
// without one would keep the state with the lowest loss, without a word.
func TestCriteriaAreMeasured(t *testing.T) {
	ids := []string{"x", "y", "z"}
	predictions := map[data.Task]*classify.TaskPredictions{
		data.SingleLabel:         {SingleLabel: &metrics.Predictions{Classes: []string{"bad", "good"}, IDs: ids, Labels: []int{0, 1, 1}, Logits: []float32{1, 0, 0, 1, 1, 0}}},
		data.MultiLabel:          {MultiLabel: &metrics.MultiLabelPredictions{Classes: []string{"a", "b"}, IDs: ids, Labels: [][]int{{0}, {0, 1}, {}}, Logits: []float32{1, -1, 1, 1, -1, 1}}},
		data.Regression:          {Regression: &metrics.RegressionPredictions{IDs: ids, Values: []float64{1, 2, 3}, Answers: []float64{1, 3, 2}}},
		data.TokenClassification: {Tags: &metrics.TagPredictions{Classes: []string{"O", "B-PER"}, IDs: ids, Labels: [][]int{{1, 0}, {0}, {1}}, Answers: [][]int{{1, 0}, {0}, {0}}, Losses: []float64{1, 1, 1}, Read: []int{2, 1, 1}}},
	}
	for _, task := range tasks {
		r, err := Measure(predictions[task])
		if err != nil {
			t.Errorf("%s: %v", task, err)
			continue
		}
		for _, by := range Criteria(task) {
			switch by {
			case ByLoss, Last:
			case ByAccuracy:
				if r.Accuracy == 0 {
					t.Errorf("%s: no accuracy", task)
				}
			default:
				if _, ok := r.Metrics[string(by)]; !ok {
					t.Errorf("%s: Measure has no %q, only %v", task, by, r.Metrics)
				}
			}
			if err := by.Validate(0); err != nil {
				t.Errorf("%s: %v", task, err)
			}
		}
	}
	err := BestBy("recall").Validate(0)
	if err == nil || !strings.Contains(err.Error(), `is "recall", expected one of ["loss" "accuracy" "last" "micro_f1"`) {
		t.Errorf("an unknown criterion: %v", err)
	}
}
