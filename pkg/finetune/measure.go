package finetune

import (
	"context"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

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
