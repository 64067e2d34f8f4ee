package finetune

import (
	"context"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// Untrained returns the experiment's model before training, as the baseline uses it: the
// classifier is initialized from the seed. classify.Open opens the trained one.
func (r *Run) Untrained(ctx context.Context) (*classify.Classifier, error) {
	n, err := r.open(ctx, false)
	if err != nil {
		return nil, err
	}
	p, err := r.predictor(n, classify.NetworkOf(n.Model, n.encoder))
	if err != nil {
		return nil, err
	}
	p.SetEncoding(encoding.RecordOf(n.input))
	return classify.New(n.Model, p), nil
}
