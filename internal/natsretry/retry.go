// Package natsretry repeats operations on a NATS server while the server, or the leader of a stream,
// starts again:
//
//	stream, err := natsretry.Do(ctx, func(ctx context.Context) (jetstream.Stream, error) { return js.Stream(ctx, "texts") })
//
// Other errors are returned at once; those of a full storage match [ErrFull], those of a stream that is
// not on the server match [ErrGone].
package natsretry

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Times of an operation: of one attempt, and of all while a server or the leader of a stream
// starts again.
const (
	attemptTime = 5 * time.Second
	retryTime   = time.Minute
)

// ErrFull is matched by the error of an operation that the server's storage has no room for.
var ErrFull = errors.New("the storage of the NATS server is full: raise max_file_store in its configuration (of an embedded server, free disk space), or delete streams that are not needed; then the same command continues")

// ErrGone is matched by the error of an operation on a stream that is not on the server: the sweep or
// the labelling never was there, or it is finished.
var ErrGone = errors.New("the work is not on the NATS server")

// Once calls do with the time of one attempt, 5 s.
func Once[T any](ctx context.Context, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	return do(ctx)
}

// Do calls do until it succeeds, fails for another reason than a server that is starting, or a
// minute is over. If ctx ends, the error is its cause.
func Do[T any](ctx context.Context, do func(context.Context) (T, error)) (T, error) {
	for began := time.Now(); ; Pause(ctx, 200*time.Millisecond) {
		value, err := Once(ctx, do)
		if err == nil {
			return value, nil
		}
		if ctx.Err() != nil {
			return value, context.Cause(ctx)
		}
		if !IsTransient(err) || time.Since(began) > retryTime {
			return value, Classify(err)
		}
	}
}

// IsTransient reports whether an error may end when a server or a leader is back.
func IsTransient(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		return api.Code == 503 && !isFull(err) && api.ErrorCode != jetstream.JSErrCodeJetStreamNotEnabled && api.ErrorCode != jetstream.JSErrCodeJetStreamNotEnabledForAccount
	}
	for _, target := range []error{
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrDisconnected, nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, nats.ErrStaleConnection,
		jetstream.ErrNoStreamResponse, context.DeadlineExceeded,
	} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}

// isFull reports whether the server has no room.
func isFull(err error) bool {
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case 10047, 10028, 10002: // storage, memory, limits of the account
			return true
		case 10023, 10077: // insufficient resources; the store refused the message
			text := strings.ToLower(api.Description)
			return strings.Contains(text, "resources") || strings.Contains(text, "maximum bytes") || strings.Contains(text, "no space")
		}
	}
	// The error of a file on this machine is not one of the server.
	return err != nil && !errors.Is(err, syscall.ENOSPC) && strings.Contains(err.Error(), "no space left on device")
}

// Classify makes an error match ErrFull or ErrGone.
func Classify(err error) error {
	switch {
	case isFull(err):
		return fmt.Errorf("%w (%w)", ErrFull, err)
	case errors.Is(err, jetstream.ErrStreamNotFound), errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrConsumerNotFound), errors.Is(err, jetstream.ErrConsumerDeleted):
		return fmt.Errorf("%w (%w)", ErrGone, err)
	}
	return err
}

// Pause waits, or returns early when ctx ends.
func Pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
