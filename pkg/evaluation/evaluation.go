package evaluation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Evaluation contains the metrics of the experiment's task and the cost of their computation.
type Evaluation struct {
	Metrics    *metrics.Metrics           `json:"metrics,omitempty"`     // for data.SingleLabel
	MultiLabel *metrics.MultiLabelMetrics `json:"multi_label,omitempty"` // for data.MultiLabel
	Regression *metrics.RegressionMetrics `json:"regression,omitempty"`  // for data.Regression
	Tags       *metrics.TagMetrics        `json:"tags,omitempty"`        // for data.TokenClassification
	Seconds    float64                    `json:"seconds"`               // of tokenization and computation, compilation included
}

// Measure measures the predictions of a task. seed is that of the intervals. Evaluation.Seconds
// remains 0.
func Measure(ctx context.Context, p *classify.TaskPredictions, seed int64) (*Evaluation, error) {
	if p == nil {
		return nil, errors.New("evaluation: no predictions")
	}
	bootstrap := significance.Bootstrap{Seed: seed}
	e := &Evaluation{}
	var err error
	switch {
	case p.MultiLabel != nil:
		e.MultiLabel, err = metrics.MeasureMultiLabel(ctx, p.MultiLabel, bootstrap)
	case p.Regression != nil:
		e.Regression, err = metrics.MeasureRegression(ctx, p.Regression, bootstrap)
	case p.Tags != nil:
		e.Tags, err = metrics.MeasureTags(ctx, p.Tags, bootstrap)
	default:
		e.Metrics, err = metrics.Measure(p.SingleLabel)
	}
	if err != nil {
		return nil, err
	}
	return e, nil
}

// IsEmpty reports whether the metrics of every task are missing. A damaged file has none.
func (e *Evaluation) IsEmpty() bool {
	return e == nil || e.Metrics == nil && e.MultiLabel == nil && e.Regression == nil && e.Tags == nil
}

// String describes the metrics in a few lines.
func (e *Evaluation) String() string {
	switch {
	case e.MultiLabel != nil:
		m := e.MultiLabel
		return strings.Join([]string{
			fmt.Sprintf("micro F1  %.3f, %s; macro F1 %.3f", m.MicroF1, interval(m.MicroF1Interval), m.MacroF1),
			fmt.Sprintf("exact     %.1f %% of %d examples have exactly the right classes, %.1f %% of the decisions are wrong", 100*m.SubsetAccuracy, m.Examples, 100*m.HammingLoss),
			fmt.Sprintf("loss      %.4f nats, ROC AUC %v", m.Loss, m.ROCAUC),
		}, "\n")
	case e.Regression != nil:
		m := e.Regression
		return strings.Join([]string{
			fmt.Sprintf("Pearson   %v", m.Pearson), fmt.Sprintf("Spearman  %v", m.Spearman),
			fmt.Sprintf("MAE       %v", m.MAE), fmt.Sprintf("RMSE      %v, on %d examples", m.RMSE, m.Examples),
		}, "\n")
	case e.Tags != nil:
		return e.Tags.String()
	case e.Metrics != nil:
		return e.Metrics.String()
	}
	return "no metrics"
}

// Main describes the main metric of the task with its interval: accuracy, micro F1, mean absolute error
// or entity F1.
func (e *Evaluation) Main() string {
	switch {
	case e.MultiLabel != nil:
		return fmt.Sprintf("micro F1 %.3f, %s, on %d examples", e.MultiLabel.MicroF1, interval(e.MultiLabel.MicroF1Interval), e.MultiLabel.Examples)
	case e.Regression != nil:
		return fmt.Sprintf("mean absolute error %v, on %d examples", e.Regression.MAE, e.Regression.Examples)
	case e.Tags != nil:
		return fmt.Sprintf("entity F1 %.3f, %s, on %d sentences", e.Tags.F1, interval(e.Tags.F1Interval), e.Tags.Sentences)
	case e.Metrics != nil:
		return fmt.Sprintf("accuracy %.4f, %s, on %d examples", e.Metrics.Accuracy, interval(e.Metrics.AccuracyInterval), e.Metrics.Examples)
	}
	return "no metrics"
}

// ClassNames returns the names of the classes, for data.TokenClassification the types of the
// entities that occur; nil for a regression.
func (e *Evaluation) ClassNames() (list []string) {
	switch {
	case e.MultiLabel != nil:
		for _, c := range e.MultiLabel.Classes {
			list = append(list, c.Name)
		}
		return list
	case e.Metrics != nil:
		return e.Metrics.ClassNames()
	case e.Tags != nil:
		return e.Tags.TypeNames()
	}
	return nil
}

func interval(i significance.Interval) string {
	return i.Text(func(v float64) string { return fmt.Sprintf("%.3f", v) })
}
