package show

import (
	"errors"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Results of tasks without charts are refused, before anything is computed.
func TestTasksWithoutCharts(t *testing.T) {
	ctx := t.Context()
	report := &finetune.Report{Regression: &evaluation.RegressionReport{}}
	several := &finetune.Report{MultiLabel: &evaluation.MultiLabelReport{}}
	baseline := &finetune.Baseline{Evaluation: evaluation.Evaluation{MultiLabel: &metrics.MultiLabelMetrics{}}}
	r := &finetune.Run{Experiment: finetune.Experiment{Task: data.Regression}}
	figures := func(_ Figures, err error) error { return err }
	for name, err := range map[string]error{
		"Confusion": figures(Confusion(report)), "Accuracy": figures(Accuracy(several)), "Calibration": figures(Calibration(report)),
		"Baseline": figures(Baseline(baseline)), "Confidence": figures(Confidence(ctx, r)), "ByLength": figures(ByLength(ctx, r)),
		"ROC": figures(ROC(ctx, r, "")), "Threshold": figures(Threshold(ctx, r, "")), "Flips": figures(Flips(ctx, r)),
		"Demonstration": figures(Demonstration(ctx, r, nil)), "Try": Try(ctx, r, ""),
		"Flipped": func() error { _, err := Flipped(ctx, r); return err }(),
		"Open":    func() error { _, err := open(t.TempDir(), r.Experiment); return err }(),
	} {
		var task *TaskError
		if !errors.As(err, &task) {
			t.Errorf("%s: %v, expected a *TaskError", name, err)
		}
	}
}
