package natsretry

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// transferTime bounds one attempt of the transfer of an object: 1 MB/s, and some time for a server
// that starts again.
func transferTime(bytes int64) time.Duration {
	return 2*attemptTime + time.Duration(bytes/1_000_000)*time.Second
}

// Transfer is [Do] for the transfer of an object of the given size, which takes longer than a
// message.
func Transfer[T any](ctx context.Context, bytes int64, do func(context.Context) (T, error)) (T, error) {
	for attempt := 0; ; attempt++ {
		value, err := func() (T, error) {
			ctx, cancel := context.WithTimeout(ctx, transferTime(bytes))
			defer cancel()
			return do(ctx)
		}()
		if err == nil {
			return value, nil
		}
		if ctx.Err() != nil {
			return value, context.Cause(ctx)
		}
		// A transfer that the end of a server cut off has lost chunks or a wrong digest.
		cut := errors.Is(err, jetstream.ErrDigestMismatch) || errors.Is(err, nats.ErrConnectionClosed)
		if attempt == 20 || !IsTransient(err) && !cut {
			return value, Classify(err)
		}
		Pause(ctx, attemptTime/5)
	}
}
