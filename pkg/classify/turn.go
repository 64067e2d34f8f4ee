package classify

import (
	"context"
	"errors"
)

// turn lets one call at a time use a model, since the engine uses the whole machine for each. It
// contains one element during a call.
type turn chan struct{}

// errNotOpened is the error of a value that a composite literal made.
var errNotOpened = errors.New("classify: the classifier has no model: make it with Open or OpenClassifiers")

// errNilContext is the error of a nil context.
var errNilContext = errors.New("classify: the context is nil: pass context.Background()")

func newTurn() turn { return make(turn, 1) }

// take calls do when the calls before have ended. If ctx ends first, it returns ctx's error.
func (t turn) take(ctx context.Context, do func() error) error {
	if t == nil {
		return errNotOpened
	}
	if ctx == nil {
		return errNilContext
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case t <- struct{}{}:
	}
	defer func() { <-t }()
	return do()
}
