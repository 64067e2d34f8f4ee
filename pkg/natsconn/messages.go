package natsconn

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
)

// Publish stores a message in a stream. The error matches [ErrGone] if the stream is not on the
// server, and [ErrFull] if the server has no room. A server that starts again can store the message
// twice.
func (c *Conn) Publish(ctx context.Context, stream string, message *nats.Msg) error {
	_, err := natsretry.Do(ctx, func(ctx context.Context) (*jetstream.PubAck, error) {
		stored, err := c.js.PublishMsg(ctx, message)
		if errors.Is(err, jetstream.ErrNoStreamResponse) {
			// Nobody listens to the subject: the stream is deleted, or its leader starts again.
			if _, gone := c.js.Stream(ctx, stream); errors.Is(gone, jetstream.ErrStreamNotFound) {
				return nil, gone
			}
		}
		return stored, err
	})
	return err
}

// Fetch returns the next message of a work queue; nil if there was none for wait, or while a server
// starts again. present is called where the queue looks empty and returns an error that matches
// [ErrGone] if it was deleted, which can look the same. If ctx ends, the error is its cause; if the
// server was not reached for two minutes, it is [Conn.LostError].
func (c *Conn) Fetch(ctx context.Context, from jetstream.Consumer, wait time.Duration, present func(context.Context) error) (jetstream.Msg, error) {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	batch, err := from.Fetch(1, jetstream.FetchContext(limited))
	if err != nil {
		return nil, c.fetchError(ctx, err, present)
	}
	for message := range batch.Messages() {
		return message, nil
	}
	return nil, c.fetchError(ctx, batch.Error(), present)
}

// fetchError is nil for the errors of an empty queue and of a server that starts again.
func (c *Conn) fetchError(ctx context.Context, err error, present func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case <-c.lost:
		return c.LostError()
	default:
	}
	if err == nil || natsretry.IsTransient(err) || errors.Is(err, jetstream.ErrNoHeartbeat) || errors.Is(err, jetstream.ErrMaxBytesExceeded) {
		if err := present(ctx); errors.Is(err, ErrGone) {
			return err
		}
		return nil
	}
	if err = natsretry.Classify(err); errors.Is(err, ErrGone) || errors.Is(err, ErrFull) {
		return err
	}
	natsretry.Pause(ctx, 200*time.Millisecond) // such as a consumer whose leader changed
	return present(ctx)
}
