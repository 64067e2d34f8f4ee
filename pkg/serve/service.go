package serve

import (
	"context"

	"github.com/lorabook/lorabook/pkg/classify"
)

// Service computes the answers: a *[classify.Service]. It is safe for concurrent use.
type Service interface {
	// Answer returns an answer for each request, in their order.
	Answer(ctx context.Context, requests []classify.Request) ([]classify.ServiceAnswer, error)
	// Words returns the contribution of each word to the prediction of the class.
	Words(ctx context.Context, request classify.Request, class string) (ofText, ofPair []classify.WordEffect, err error)
	// Adapters returns the loaded adapters, sorted by name.
	Adapters() []classify.AdapterInfo
	// Base returns the name and the revision of the model.
	Base() (name, revision string)
	// Stats returns the state of the queue.
	Stats() classify.ServiceStats
}
