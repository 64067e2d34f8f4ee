package finetune

import (
	"context"
	"slices"
	"time"
)

// Evaluation is a measurement and what it cost.
type Evaluation struct {
	Metrics *Metrics `json:"metrics"`
	Seconds float64  `json:"seconds"` // of tokenizing and computing, compilation included
}

// Baseline is the measurement of the untouched model, and findings about the
// examples that the measurement and the training depend on.
type Baseline struct {
	Evaluation
	Warnings []string `json:"warnings,omitempty"` // findings that change what the results mean, one sentence each
}

// Baseline measures the untouched model, its classifier fresh, on the test
// examples. It writes baseline.json and the answers behind it. Progress shows the
// result's warnings, also where the folder already holds the result.
func (r *Run) Baseline(ctx context.Context) (*Baseline, error) {
	b, err := Once(r.Folder, BaselineFile, func() (*Baseline, error) {
		reviews, err := r.Reviews(ctx)
		if err != nil {
			return nil, err
		}
		b := &Baseline{Warnings: slices.Clone(reviews.Warnings)}
		r.warn(b.Warnings)
		n, err := r.open(ctx, false)
		if err != nil {
			return nil, err
		}
		e, err := r.evaluate(ctx, n, "baseline", BaselinePredictionsFile)
		if err != nil {
			return nil, err
		}
		b.Evaluation = *e
		return b, nil
	})
	if err != nil {
		return nil, err
	}
	r.warn(b.Warnings)
	return b, nil
}

// evaluate measures a network on the test examples and keeps its answers.
func (r *Run) evaluate(ctx context.Context, n *network, task, file string) (*Evaluation, error) {
	reviews, err := r.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	began := time.Now()
	predictions, err := r.predict(ctx, n, reviews.Test, task)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Seconds: time.Since(began).Seconds()}
	if e.Metrics, err = Measure(predictions); err != nil {
		return nil, err
	}
	return e, r.Folder.WritePredictions(file, predictions)
}
