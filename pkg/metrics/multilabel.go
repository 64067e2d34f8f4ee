package metrics

import (
	"context"
	"slices"

	"github.com/lorabook/lorabook/pkg/significance"
)

// MultiLabelMetrics are the evaluation results of a classifier that gives each example any
// number of classes. They agree with scikit-learn's on the same probabilities, with
// zero_division=0; none of them is NaN. The intervals of F1 and of Hamming's loss are
// [significance.Bootstrap]'s over the examples, as in [significance.Estimate].
type MultiLabelMetrics struct {
	Examples int     `json:"examples"`
	Loss     float64 `json:"loss"` // mean binary cross-entropy of all decisions, nats
	// SubsetAccuracy is the share of examples with exactly the right classes, 0 to 1.
	SubsetAccuracy         float64               `json:"subset_accuracy"`
	SubsetAccuracyInterval significance.Interval `json:"subset_accuracy_interval"` // [significance.Wilson], 95 %
	// HammingLoss is the share of wrong decisions among all, one per example and class.
	HammingLoss         float64               `json:"hamming_loss"`
	HammingLossInterval significance.Interval `json:"hamming_loss_interval"`
	// MicroF1 counts the decisions of all classes together; frequent classes weigh more.
	MicroF1         float64               `json:"micro_f1"`
	MicroF1Interval significance.Interval `json:"micro_f1_interval"`
	// MacroF1 is the mean of the classes' F1, each class counting the same.
	MacroF1         float64               `json:"macro_f1"`
	MacroF1Interval significance.Interval `json:"macro_f1_interval"`
	// ROCAUC is the mean of the classes' areas.
	ROCAUC  AUC            `json:"roc_auc"`
	Classes []LabelMetrics `json:"classes"` // in the order of the classes
}

// LabelMetrics are the metrics of one class of several that an example may have.
type LabelMetrics struct {
	ClassMetrics
	F1Interval significance.Interval `json:"f1_interval"`
	Threshold  float64               `json:"threshold"` // of [MultiLabelPredictions].Thresholds
}

// The numbers that the intervals of MeasureMultiLabel are of, before the F1 of each class.
const (
	statMicroF1 = iota
	statMacroF1
	statHamming
	statSubset
	statClasses
)

// MeasureMultiLabel works out the metrics, with the predictions' thresholds. The error is that
// of [MultiLabelPredictions.Validate], or about the bootstrap.
func MeasureMultiLabel(ctx context.Context, p *MultiLabelPredictions, bootstrap significance.Bootstrap) (*MultiLabelMetrics, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	n, k := p.Len(), len(p.Classes)
	decisions := make([]decision, n)
	counts := newLabelCounts(k)
	for i := range decisions {
		decisions[i] = decide(p.Labels[i], a.chosen[i])
		counts.add(decisions[i], 1)
	}
	// In the order of their contents: the random resamples then do not depend on the order given.
	slices.SortFunc(decisions, compareDecisions)
	observed, intervals, err := bootstrap.Intervals(ctx, n, statClasses+k, func() significance.Statistics {
		counts := newLabelCounts(k)
		return func(weights []int32, out []float64) {
			counts.clear()
			for i, w := range weights {
				if w > 0 {
					counts.add(decisions[i], int(w))
				}
			}
			counts.statistics(out)
			for class := range k {
				out[statClasses+class] = counts.f1(class)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	m := &MultiLabelMetrics{
		Examples: n, Loss: a.loss,
		SubsetAccuracy: observed[statSubset], HammingLoss: observed[statHamming], HammingLossInterval: *intervals[statHamming],
		MicroF1: observed[statMicroF1], MicroF1Interval: *intervals[statMicroF1],
		MacroF1: observed[statMacroF1], MacroF1Interval: *intervals[statMacroF1],
	}
	if m.SubsetAccuracyInterval, err = significance.Wilson(counts.exact, n, 0.95); err != nil {
		return nil, err
	}
	areas := make([]AUC, k)
	for class, name := range p.Classes {
		areas[class] = a.auc(class)
		c := LabelMetrics{F1Interval: *intervals[statClasses+class], Threshold: p.threshold(class)}
		c.Name, c.ROCAUC = name, areas[class]
		c.Support, c.Answered = counts.support[class], counts.answered[class]
		c.Precision = share(counts.hits[class], c.Answered)
		c.Recall = share(counts.hits[class], c.Support)
		c.F1 = counts.f1(class)
		m.Classes = append(m.Classes, c)
	}
	m.ROCAUC = meanArea(areas)
	return m, nil
}
