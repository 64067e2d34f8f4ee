package remote

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Limits of a shard.
const (
	mostFailures   = 3  // attempts that end with an error
	mostDeliveries = 20 // deliveries to workers, of which most ended without a word
)

// settleTime bounds the last messages of a worker whose context has ended.
const settleTime = 30 * time.Second

// errLost is the error of a worker that ends without a word.
var errLost = errors.New("the worker is lost")

// labeller labels the shards of one labelling.
type labeller struct {
	*job
	classifier *classify.Classifier
	name       string
	progress   progress.Progress
	lose       func(shard int) bool // may be nil
	deliveries uint64               // limit for a shard
}

// work labels shards until none has waited for a second.
func (l *labeller) work(ctx context.Context) error {
	for {
		m, err := l.conn.Fetch(ctx, l.queue, time.Second, l.present)
		if err != nil || m == nil {
			return err
		}
		if err := l.handle(ctx, m); err != nil {
			return err
		}
	}
}

// handle labels the shard of a message. An error ends the worker; errors of the shard go to the
// coordinator.
func (l *labeller) handle(ctx context.Context, m jetstream.Msg) error {
	meta, err := m.Metadata()
	if err != nil {
		return err
	}
	stop := natsretry.Hold(ctx, m, l.manifest.Lease, nil)
	defer stop()
	shard, sum, err := l.shard(ctx, m)
	switch {
	case ctx.Err() != nil:
		return l.giveBack(ctx, m)
	case errors.Is(err, natsconn.ErrFull), errors.Is(err, natsconn.ErrGone):
		return errors.Join(err, m.Nak())
	case err != nil:
		// It is not one of the labelling, or its object was deleted with its block. The coordinator
		// notices where a shard is missing.
		l.progress.Note(fmt.Sprintf("worker %s: message %d of labelling %s cannot be read and was taken out of the queue: %v", l.name, meta.Sequence.Stream, l.manifest.Job, err))
		return m.Term()
	}
	r := result{Shard: shard.Number, Digest: sum, Worker: l.name}
	var block label.Block
	if meta.NumDelivered > l.deliveries {
		r.Error, r.Final = fmt.Sprintf("%d workers ended while they labelled it, without a word: is their memory too small?", l.deliveries), true
	} else if l.lose != nil && l.lose(shard.Number) {
		return errLost
	} else if block, err = l.label(ctx, shard); err != nil && ctx.Err() != nil {
		return l.giveBack(ctx, m)
	} else if err != nil {
		r.Error = shortened(err.Error())
		l.progress.Note(fmt.Sprintf("worker %s: shard %d failed: %v", l.name, shard.Number, err))
	}
	r.Counts = block.Counts
	// The end of ctx must not lose what was computed.
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if err := l.sendResult(settling, r, block.Lines); err != nil {
		return errors.Join(err, m.Nak())
	}
	if r.Error != "" && !r.Final {
		return m.Nak() // another attempt
	}
	natsretry.Acknowledge(settling, m)
	return nil
}

// shard reads the shard of a message.
func (l *labeller) shard(ctx context.Context, m jetstream.Msg) (s label.Shard, sum string, err error) {
	payload, err := l.payload(ctx, m)
	if err != nil {
		return s, "", err
	}
	if _, err = unpack(payload, &s); err != nil {
		return s, "", err
	}
	if len(s.Texts) == 0 {
		return s, "", errors.New("it has no texts")
	}
	sum, err = digestOf(s)
	return s, sum, err
}

// label labels a shard, with a panic as an error.
func (l *labeller) label(ctx context.Context, s label.Shard) (b label.Block, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return l.manifest.Lines.Label(ctx, l.classifier, s)
}

// giveBack gives the shard back to the queue.
func (l *labeller) giveBack(ctx context.Context, m jetstream.Msg) error {
	_ = m.Nak() // without it the lease gives it back
	return context.Cause(ctx)
}

// shortened cuts a text, such as that of a panic.
func shortened(text string) string {
	const most = 8000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
