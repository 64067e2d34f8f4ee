package finetune

import "context"

// Untouched is the experiment's model as the baseline asks it: the classifier drawn by
// the seed, nothing learned. What training came to is OpenClassifier's.
func (r *Run) Untouched(ctx context.Context) (*Classifier, error) {
	n, err := r.open(ctx, false)
	if err != nil {
		return nil, err
	}
	p, err := NewPredictor(r.engine.Backend, n.Model, n.encoder, r.Experiment.Data.MaxLength)
	if err != nil {
		return nil, err
	}
	return NewClassifier(n.Model, p), nil
}
