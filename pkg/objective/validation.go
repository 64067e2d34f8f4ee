package objective

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Measure returns the result of an evaluation during a training. Its numbers have no interval.
func Measure(p *classify.TaskPredictions) (trainer.Result, error) {
	switch {
	case p == nil:
		return trainer.Result{}, errors.New("objective: no predictions to measure")
	case p.MultiLabel != nil:
		m, err := metrics.SummarizeMultiLabel(p.MultiLabel)
		if err != nil {
			return trainer.Result{}, err
		}
		return trainer.Result{
			Loss: m.Loss, Metrics: map[string]float64{string(ByMicroF1): m.MicroF1, string(ByMacroF1): m.MacroF1},
			Note: fmt.Sprintf("validation loss %.4f, micro F1 %.3f, macro F1 %.3f", m.Loss, m.MicroF1, m.MacroF1),
		}, nil
	case p.Regression != nil:
		m, err := metrics.SummarizeRegression(p.Regression)
		if err != nil {
			return trainer.Result{}, err
		}
		r := trainer.Result{Loss: m.RMSE * m.RMSE, Metrics: map[string]float64{}}
		r.Note = fmt.Sprintf("validation loss %.4f", r.Loss)
		for _, n := range []struct {
			by    BestBy
			name  string // for people
			value *float64
		}{{ByPearson, "Pearson", m.Pearson}, {BySpearman, "Spearman", m.Spearman}, {ByMAE, "MAE", &m.MAE}} {
			if n.value != nil {
				r.Metrics[string(n.by)] = *n.value
				r.Note += fmt.Sprintf(", %s %.3f", n.name, *n.value)
			}
		}
		return r, nil
	}
	if p.Tags != nil {
		m, err := metrics.SummarizeTags(p.Tags)
		if err != nil {
			return trainer.Result{}, err
		}
		return trainer.Result{
			Loss: m.Loss, Metrics: map[string]float64{string(ByF1): m.F1, string(ByMacroF1): m.MacroF1},
			Note: fmt.Sprintf("validation loss %.4f, entity F1 %.3f, macro F1 %.3f", m.Loss, m.F1, m.MacroF1),
		}, nil
	}
	m, err := metrics.Measure(p.SingleLabel)
	if err != nil {
		return trainer.Result{}, err
	}
	note := fmt.Sprintf("validation loss %.4f, accuracy %.1f %%", m.Loss, 100*m.Accuracy)
	return trainer.Result{Loss: m.Loss, Accuracy: m.Accuracy, Note: note}, nil
}
