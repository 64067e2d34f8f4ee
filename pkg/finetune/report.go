package finetune

import (
	"context"
	"os"
	"slices"

	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Report contains the evaluations of the same examples before and after the training.
type Report struct {
	// Before, After and Comparison are those of data.SingleLabel, and nil for the other tasks.
	Before     *metrics.Metrics             `json:"before,omitempty"`
	After      *metrics.Metrics             `json:"after,omitempty"`
	Comparison *metrics.Comparison          `json:"comparison,omitempty"`
	MultiLabel *evaluation.MultiLabelReport `json:"multi_label,omitempty"` // for data.MultiLabel
	Regression *evaluation.RegressionReport `json:"regression,omitempty"`  // for data.Regression
	Tags       *evaluation.TagReport        `json:"tags,omitempty"`        // for data.TokenClassification
	// BagOfWords compares a bag of words, or for data.TokenClassification the most frequent tag of
	// each word, with the trained model: is BERT needed? It is nil in results of earlier versions,
	// and if there is no bag of words: see evaluation.CheapBaselines.Reason.
	BagOfWords *evaluation.CheapComparison `json:"bag_of_words,omitempty"`
	// Calibration is that of the training, with its effect on the test examples: the temperature or
	// the thresholds that classify.Options.Calibrated uses. The metrics above do without it. Nil
	// for data.Regression and in results of earlier versions.
	Calibration *evaluation.Calibration `json:"calibration,omitempty"`
	// WithoutDuplicates is the evaluation after the training without the test examples that have a
	// duplicate among the training examples; nil if there are none, and in results of earlier versions.
	WithoutDuplicates *WithoutDuplicates `json:"without_duplicates,omitempty"`
	Training          *Trained           `json:"training"`
	Method            Method             `json:"method,omitempty"`
	// AdapterBytes is the size of the saved trained weights: adapter_model.safetensors,
	// HeadOnly's [runfolder.HeadFile], or Full's model.safetensors.
	AdapterBytes int64 `json:"adapter_bytes"`
	// Seconds of the two evaluations, without the training.
	BaselineSeconds float64 `json:"baseline_seconds"`
	AfterSeconds    float64 `json:"after_seconds"`
	// Warnings are the warnings of the Baseline, and one if several machines trained.
	Warnings []string `json:"warnings,omitempty"`
}

// Report evaluates the trained model on the baseline's test examples and compares the two. It
// first computes the baseline and the training if they are missing. It opens the model and
// tokenizes the examples once for all of them. It writes report.json and the predictions.
func (r *Run) Report(ctx context.Context) (*Report, error) {
	return once(ctx, r, runfolder.ReportFile, runfolder.ReportPredictionsFile, "the report", func() (*Report, error) {
		model := &opened{run: r}
		before, err := r.baseline(ctx, model.untrained)
		if err != nil {
			return nil, err
		}
		trained, err := r.train(ctx, model.trainable)
		if err != nil {
			return tried[*Report](r, nil, err)
		}
		n, err := model.trainable(ctx)
		if err != nil {
			return nil, err
		}
		if err := n.learned.Load(); err != nil {
			return nil, err
		}
		after, err := r.evaluate(ctx, n, "after", runfolder.ReportPredictionsFile)
		if err != nil {
			return nil, err
		}
		info, err := os.Stat(n.learned.File())
		if err != nil {
			return nil, err
		}
		report := &Report{
			Training: trained, Method: r.Experiment.Method,
			AdapterBytes: info.Size(), BaselineSeconds: before.Seconds, AfterSeconds: after.Seconds,
			Warnings: slices.Clone(before.Warnings),
		}
		if w := machinesWarning(trained.Machines); w != "" {
			report.Warnings = append(report.Warnings, w)
		}
		return report, r.compare(ctx, report, before.Evaluation, *after)
	})
}

// compare sets the report's metrics, and compares both sets of predictions example by example.
func (r *Run) compare(ctx context.Context, report *Report, before, after evaluation.Evaluation) error {
	task, seed := r.Experiment.task(), r.Experiment.Seed
	first, err := evaluation.ReadPredictions(r.Folder, runfolder.BaselinePredictionsFile, task)
	if err != nil {
		return err
	}
	second, err := evaluation.ReadPredictions(r.Folder, runfolder.ReportPredictionsFile, task)
	if err != nil {
		return err
	}
	c, err := evaluation.Compare(ctx, first, second, seed)
	if err != nil {
		return err
	}
	report.Before, report.After, report.Comparison = before.Metrics, after.Metrics, c.SingleLabel
	if c.MultiLabel != nil {
		report.MultiLabel = &evaluation.MultiLabelReport{Before: before.MultiLabel, After: after.MultiLabel, Comparison: c.MultiLabel}
	}
	if c.Regression != nil {
		report.Regression = &evaluation.RegressionReport{Before: before.Regression, After: after.Regression, Comparison: c.Regression}
	}
	if c.Tags != nil {
		report.Tags = &evaluation.TagReport{Before: before.Tags, After: after.Tags, Comparison: c.Tags}
	}
	if c := report.Training.Calibration; c != nil {
		if report.Calibration, err = c.MeasureTest(second); err != nil {
			return err
		}
	}
	if report.WithoutDuplicates, err = r.withoutDuplicates(ctx, second); err != nil {
		return err
	}
	words, err := r.bagOfWords(ctx)
	if err != nil || words == nil {
		return err
	}
	report.BagOfWords, err = evaluation.CompareCheap(ctx, words, second, seed)
	return err
}
