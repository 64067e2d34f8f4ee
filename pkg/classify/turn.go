package classify

import "context"

// turn lets one call at a time use a model, since the engine uses the whole machine for each. It
// contains one element during a call.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take calls do when the calls before have ended. If ctx ends first, it returns ctx's error.
func (t turn) take(ctx context.Context, do func() error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case t <- struct{}{}:
	}
	defer func() { <-t }()
	return do()
}
