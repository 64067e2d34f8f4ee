package finetune

import (
	"context"

	"github.com/lorabook/lorabook/pkg/classify"
)

// Untouched is the experiment's model as the baseline asks it: the classifier drawn by
// the seed, nothing learned. classify.Open opens the trained one.
func (r *Run) Untouched(ctx context.Context) (*classify.Classifier, error) {
	n, err := r.open(ctx, false)
	if err != nil {
		return nil, err
	}
	p, err := classify.NewPredictor(r.engine.Backend, n.Model, n.encoder, r.Experiment.Data.MaxLength)
	if err != nil {
		return nil, err
	}
	return classify.New(n.Model, p), nil
}
