package finetune

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/metrics"
)

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
	}
	return e.Metrics.String()
}

// classNames returns the names of the classes; nil for a regression.
func (e *Evaluation) classNames() (list []string) {
	switch {
	case e.MultiLabel != nil:
		for _, c := range e.MultiLabel.Classes {
			list = append(list, c.Name)
		}
		return list
	case e.Metrics != nil:
		return e.Metrics.ClassNames()
	}
	return nil
}

func interval(i metrics.Interval) string {
	return fmt.Sprintf("%.4g %% interval %.3f to %.3f", 100*i.Level, i.Low, i.High)
}

// comparison describes the difference between before and after.
func (r *Report) comparison() string {
	line := func(name string, d metrics.PairedDifference) string {
		if d.Before == nil || d.After == nil || d.Difference.Value == nil {
			return fmt.Sprintf("%-10s %s", name, d.Difference)
		}
		text := fmt.Sprintf("%-10s %.4f before, %.4f after, difference %+.4f", name, *d.Before, *d.After, *d.Difference.Value)
		if i := d.Difference.Interval; i != nil {
			text += fmt.Sprintf(", %.4g %% interval %+.4f to %+.4f", 100*i.Level, i.Low, i.High)
		}
		if d.Test != nil {
			text += fmt.Sprintf(", permutation test p = %.2g", d.Test.PValue)
		}
		return text
	}
	switch {
	case r.MultiLabel != nil:
		c := r.MultiLabel.Comparison
		return strings.Join([]string{
			line("micro F1", c.MicroF1), line("macro F1", c.MacroF1), line("exact", c.SubsetAccuracy), line("Hamming", c.HammingLoss),
			fmt.Sprintf("%-10s %d wrong before and right after, %d right before and wrong after, of %d examples", "decisions", c.Fixed, c.Broken, c.Examples),
		}, "\n")
	case r.Regression != nil:
		c := r.Regression.Comparison
		return strings.Join([]string{
			line("Pearson", c.Pearson), line("Spearman", c.Spearman), line("MAE", c.MAE), line("RMSE", c.RMSE),
			fmt.Sprintf("%-10s %d nearer after, %d farther, of %d", "examples", c.Nearer, c.Farther, c.Examples),
		}, "\n")
	}
	return r.Comparison.String()
}
