package metrics

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/significance"
)

// String is the measurement in six lines, for people.
func (m *MultiLabelMetrics) String() string {
	return strings.Join([]string{
		fmt.Sprintf("micro F1  %.3f, %s", m.MicroF1, interval(m.MicroF1Interval)),
		fmt.Sprintf("macro F1  %.3f, %s", m.MacroF1, interval(m.MacroF1Interval)),
		fmt.Sprintf("subset    %.1f %% of %d examples with exactly the right labels, 95 %% interval %.1f to %.1f", 100*m.SubsetAccuracy, m.Examples, 100*m.SubsetAccuracyInterval.Low, 100*m.SubsetAccuracyInterval.High),
		fmt.Sprintf("Hamming   loss %.3f, %s", m.HammingLoss, interval(m.HammingLossInterval)),
		fmt.Sprintf("loss      %.3f nats", m.Loss),
		fmt.Sprintf("ROC AUC   %v, mean of %d labels", m.ROCAUC, len(m.Classes)),
	}, "\n")
}

// ClassNames are the names of the classes, in the order of the labels.
func (m *MultiLabelMetrics) ClassNames() []string {
	names := make([]string, len(m.Classes))
	for i, c := range m.Classes {
		names[i] = c.Name
	}
	return names
}

// String is the measurement in five lines, for people.
func (m *RegressionMetrics) String() string {
	return fmt.Sprintf("Pearson   %v, of %d examples\nSpearman  %v\nMAE       %v\nRMSE      %v\nR2        %v", m.Pearson, m.Examples, m.Spearman, m.MAE, m.RMSE, m.R2)
}

// String is the comparison in five lines, for people.
func (c *MultiLabelComparison) String() string {
	return fmt.Sprintf("micro F1   %v, on the same %d examples\nmacro F1   %v\nsubset     %v\nHamming    %v\ndecisions  %d became correct, %d became wrong", c.MicroF1, c.Examples, c.MacroF1, c.SubsetAccuracy, c.HammingLoss, c.Fixed, c.Broken)
}

// String is the comparison in five lines, for people.
func (c *RegressionComparison) String() string {
	return fmt.Sprintf("MAE        %v, on the same %d examples\nRMSE       %v\nPearson    %v\nSpearman   %v\nanswers    %d are nearer to the value, %d are farther", c.MAE, c.Examples, c.RMSE, c.Pearson, c.Spearman, c.Nearer, c.Farther)
}

// interval describes the interval of a score from 0 to 1.
func interval(i significance.Interval) string {
	return i.Text(func(v float64) string { return fmt.Sprintf("%.3f", v) })
}
