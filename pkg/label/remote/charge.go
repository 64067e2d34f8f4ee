package remote

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

// errTakenOver is matched by the error of a coordinator after another process has begun to continue its
// labelling, such as with copies of its files on another machine.
var errTakenOver = errors.New("another process continues it, with a copy of its files: let one of the two processes finish it")

// receiver makes the consumer of the blocks, in place of that of an earlier process, which may have
// blocks that would be delivered again much later. An earlier process that still works loses them: its
// own name of the consumer tells it so.
func (f *follower) receiver(ctx context.Context) (jetstream.Consumer, error) {
	earlier, err := natsretry.Do(ctx, func(ctx context.Context) (names []string, err error) {
		list := f.blocks.ConsumerNames(ctx)
		for name := range list.Name() {
			names = append(names, name)
		}
		return names, list.Err()
	})
	if err != nil {
		return nil, err
	}
	for _, name := range earlier {
		if _, err := natsretry.Do(ctx, func(ctx context.Context) (any, error) { return nil, f.blocks.DeleteConsumer(ctx, name) }); err != nil && !errors.Is(err, natsconn.ErrGone) {
			return nil, err
		}
	}
	own := jetstream.ConsumerConfig{Durable: coordinator + uuid.NewString(), AckPolicy: jetstream.AckExplicitPolicy, AckWait: blocksWait, MaxDeliver: -1, MaxAckPending: -1}
	return natsretry.Do(ctx, func(ctx context.Context) (jetstream.Consumer, error) {
		return f.blocks.CreateOrUpdateConsumer(ctx, own)
	})
}

// inCharge returns an error that matches natsconn.ErrGone if the labelling is not on the server any
// more, or if another process has taken it over.
func (f *follower) inCharge(ctx context.Context) error {
	if err := f.present(ctx); err != nil {
		return err
	}
	_, err := natsretry.Do(ctx, func(ctx context.Context) (*jetstream.ConsumerInfo, error) { return f.results.Info(ctx) })
	return err
}

// explain says why a part of the labelling is not on the server, where an error says that.
func (f *follower) explain(ctx context.Context, err error) error {
	switch {
	case !errors.Is(err, natsconn.ErrGone) || ctx.Err() != nil:
		return err
	case errors.Is(f.present(ctx), natsconn.ErrGone):
		return fmt.Errorf("labelling %s: it is not on the NATS server any more: its storage was lost, or another process finished or deleted it; the same command puts it there again and continues: %w", f.manifest.Job, err)
	case f.results != nil && errors.Is(f.inCharge(ctx), natsconn.ErrGone):
		return fmt.Errorf("labelling %s: %w", f.manifest.Job, errTakenOver)
	}
	return err
}
