package finetune

import (
	"context"
	"time"
)

// Evaluation is a measurement and what it cost.
type Evaluation struct {
	Metrics *Metrics `json:"metrics"`
	Seconds float64  `json:"seconds"` // of tokenizing and computing, compilation included
}

// Baseline measures the untouched model, its classifier fresh, on the test
// examples. It writes baseline.json and the answers behind it.
func (r *Run) Baseline(ctx context.Context) (*Evaluation, error) {
	return Once(r.Folder, BaselineFile, func() (*Evaluation, error) {
		n, err := r.open(ctx, false)
		if err != nil {
			return nil, err
		}
		return r.evaluate(ctx, n, "baseline", BaselinePredictionsFile)
	})
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
