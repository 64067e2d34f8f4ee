package runlist

import (
	"fmt"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Each task has its main metric, its unit and its direction.
func TestScores(t *testing.T) {
	half, error1, error2 := significance.Interval{Low: 0.25, High: 0.75}, 1.5, 2.5
	for _, c := range []struct {
		better, worse evaluation.Evaluation
		task          data.Task
		want          string
	}{
		{evaluation.Evaluation{Metrics: &metrics.Metrics{Accuracy: 0.5, AccuracyInterval: half}}, evaluation.Evaluation{Metrics: &metrics.Metrics{}}, data.SingleLabel, "50.0 (25.0 to 75.0)"},
		{evaluation.Evaluation{MultiLabel: &metrics.MultiLabelMetrics{MicroF1: 0.5, MicroF1Interval: half}}, evaluation.Evaluation{MultiLabel: &metrics.MultiLabelMetrics{}}, data.MultiLabel, "0.500 (0.250 to 0.750)"},
		{evaluation.Evaluation{Regression: &metrics.RegressionMetrics{MAE: significance.Estimate{Value: &error1}}}, evaluation.Evaluation{Regression: &metrics.RegressionMetrics{MAE: significance.Estimate{Value: &error2}}}, data.Regression, "1.5"},
	} {
		better, worse := ScoreOf(c.better), ScoreOf(c.worse)
		if better.Metric != mainMetric(c.task) || better.compare(*worse) >= 0 || worse.compare(*better) <= 0 {
			t.Errorf("%s: %+v is not better than %+v", c.task, better, worse)
		}
		if got := fmt.Sprint(better.Cell()); got != fmt.Sprintf("{%v %s}", better.Value, c.want) {
			t.Errorf("%s: %s, expected %s", c.task, got, c.want)
		}
	}
	if ScoreOf(evaluation.Evaluation{}) != nil || mainMetric("question_answering") != "" {
		t.Error("an unknown task has a metric")
	}
}

// A report's evaluations are those of its task.
func TestSides(t *testing.T) {
	several := &evaluation.MultiLabelReport{Before: &metrics.MultiLabelMetrics{Examples: 7, Classes: make([]metrics.LabelMetrics, 3)}, After: &metrics.MultiLabelMetrics{Examples: 7, Classes: make([]metrics.LabelMetrics, 3), MicroF1: 1}}
	before, after := sides(&finetune.Report{MultiLabel: several})
	examples, classes := sizeOf(after)
	if ScoreOf(before).Value != 0 || ScoreOf(after).Value != 1 || examples != 7 || classes != 3 {
		t.Errorf("%+v, %+v, %d examples of %d classes", before, after, examples, classes)
	}
}
