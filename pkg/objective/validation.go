package objective

import (
	"context"
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Measure returns the result of an evaluation during a training. Its numbers have no interval.
func Measure(ctx context.Context, p *classify.TaskPredictions) (trainer.Result, error) {
	few := metrics.Bootstrap{Resamples: 100} // the least: the intervals are not used
	switch {
	case p == nil:
		return trainer.Result{}, errors.New("objective: no predictions to measure")
	case p.MultiLabel != nil:
		m, err := metrics.MeasureMultiLabel(ctx, p.MultiLabel, few)
		if err != nil {
			return trainer.Result{}, err
		}
		return trainer.Result{
			Loss: m.Loss, Metrics: map[string]float64{string(ByMicroF1): m.MicroF1, string(ByMacroF1): m.MacroF1},
			Note: fmt.Sprintf("validation loss %.4f, micro F1 %.3f, macro F1 %.3f", m.Loss, m.MicroF1, m.MacroF1),
		}, nil
	case p.Regression != nil:
		m, err := metrics.MeasureRegression(ctx, p.Regression, few)
		if err != nil {
			return trainer.Result{}, err
		}
		r := trainer.Result{Metrics: map[string]float64{}}
		if m.RMSE.Value != nil {
			r.Loss = *m.RMSE.Value * *m.RMSE.Value
		}
		r.Note = fmt.Sprintf("validation loss %.4f", r.Loss)
		for _, n := range []struct {
			by    BestBy
			value metrics.Estimate
		}{{ByPearson, m.Pearson}, {BySpearman, m.Spearman}, {ByMAE, m.MAE}} {
			if n.value.Value != nil {
				r.Metrics[string(n.by)] = *n.value.Value
				r.Note += fmt.Sprintf(", %s %.3f", metricNames[n.by], *n.value.Value)
			}
		}
		return r, nil
	}
	m, err := metrics.Measure(p.SingleLabel)
	if err != nil {
		return trainer.Result{}, err
	}
	note := fmt.Sprintf("validation loss %.4f, accuracy %.1f %%", m.Loss, 100*m.Accuracy)
	return trainer.Result{Loss: m.Loss, Accuracy: m.Accuracy, Note: note}, nil
}

// metricNames are the names of criteria for people.
var metricNames = map[BestBy]string{ByAccuracy: "accuracy", ByMicroF1: "micro F1", ByMacroF1: "macro F1", ByPearson: "Pearson", BySpearman: "Spearman", ByMAE: "MAE"}
