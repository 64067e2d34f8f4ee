package natsretry

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Acknowledge takes a message out of its queue. If the server does not answer, the message comes
// again, so that its work must be known as done before.
func Acknowledge(ctx context.Context, message jetstream.Msg) {
	limited, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	_ = message.DoubleAck(limited)
}

// Hold tells the server four times in the lease that the message is in work, until stop is called.
// also is called each time too, unless it is nil.
func Hold(ctx context.Context, message jetstream.Msg, lease time.Duration, also func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var group sync.WaitGroup
	group.Go(func() {
		for {
			_ = message.InProgress() // a lost one costs nothing but a second delivery
			if also != nil {
				also(ctx)
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(lease / 4):
			}
		}
	})
	return func() {
		cancel()
		group.Wait()
	}
}
