package finetune

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// validation returns the result of an evaluation during a training. Its numbers have no interval.
func validation(ctx context.Context, p *classify.TaskPredictions) (trainer.Result, error) {
	few := metrics.Bootstrap{Resamples: 100} // the least: the intervals are not used
	switch {
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

// measure sets the metrics of the predictions, and stores them in a file of the run.
func (r *Run) measure(ctx context.Context, e *Evaluation, p *classify.TaskPredictions, file string) (err error) {
	bootstrap := metrics.Bootstrap{Seed: r.Experiment.Seed}
	switch {
	case p.MultiLabel != nil:
		if e.MultiLabel, err = metrics.MeasureMultiLabel(ctx, p.MultiLabel, bootstrap); err != nil {
			return err
		}
		return r.Folder.WriteMultiLabelPredictions(file, p.MultiLabel)
	case p.Regression != nil:
		if e.Regression, err = metrics.MeasureRegression(ctx, p.Regression, bootstrap); err != nil {
			return err
		}
		return r.Folder.WriteRegressionPredictions(file, p.Regression)
	}
	if e.Metrics, err = metrics.Measure(p.SingleLabel); err != nil {
		return err
	}
	return r.Folder.WritePredictions(file, p.SingleLabel)
}

// compare sets the report's metrics, and compares both sets of predictions example by example.
func (r *Run) compare(ctx context.Context, report *Report, before, after Evaluation) (err error) {
	const first, second = runfolder.BaselinePredictionsFile, runfolder.ReportPredictionsFile
	bootstrap := metrics.Bootstrap{Seed: r.Experiment.Seed}
	switch {
	case after.MultiLabel != nil:
		a, b, err := both(r.Folder.ReadMultiLabelPredictions, first, second)
		if err != nil {
			return err
		}
		comparison, err := metrics.CompareMultiLabel(ctx, a, b, bootstrap)
		if err != nil {
			return err
		}
		report.MultiLabel = &MultiLabelReport{before.MultiLabel, after.MultiLabel, comparison}
		report.BagOfWords, err = r.compareCheap(ctx, b)
		return err
	case after.Regression != nil:
		a, b, err := both(r.Folder.ReadRegressionPredictions, first, second)
		if err != nil {
			return err
		}
		comparison, err := metrics.CompareRegression(ctx, a, b, bootstrap)
		if err != nil {
			return err
		}
		report.Regression = &RegressionReport{before.Regression, after.Regression, comparison}
		report.BagOfWords, err = r.compareCheap(ctx, b)
		return err
	}
	a, b, err := both(r.Folder.ReadPredictions, first, second)
	if err != nil {
		return err
	}
	report.Before, report.After = before.Metrics, after.Metrics
	if report.Comparison, err = metrics.Compare(ctx, a, b, bootstrap); err != nil {
		return err
	}
	report.BagOfWords, err = r.compareCheap(ctx, b)
	return err
}

// both reads two files.
func both[T any](read func(name string) (T, error), first, second string) (a, b T, err error) {
	if a, err = read(first); err != nil {
		return a, b, err
	}
	b, err = read(second)
	return a, b, err
}
