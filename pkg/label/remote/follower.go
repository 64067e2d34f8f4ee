package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/ahead"
	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/progress"
)

// sent is a shard on the server whose block has not arrived.
type sent struct {
	digest, object string
	rows           string            // for messages
	failures       map[string]string // errors, by attempt
}

// received is a result that has arrived.
type received struct {
	result
	lines   []byte
	message jetstream.Msg
}

// ready is a block that waits for those before it.
type ready struct {
	label.Block
	message jetstream.Msg
	object  string // of the shard
}

// follower is the coordinator of a labelling at work.
type follower struct {
	*job
	pool    Pool
	write   func(label.Block) error
	results jetstream.Consumer // of the blocks

	begun     bool
	next      int // the shard whose block is written next
	sent      map[int]*sent
	ready     map[int]*ready
	held      map[string]received // of an earlier process, by the digest of the shard
	workers   map[string]bool     // whose blocks have arrived
	delivered int                 // messages since the last look for lost shards
	emptied   int                 // looks that found shards missing, in sequence
}

// resume takes the shards of an earlier process out of the queue, and receives the blocks that it did
// not write.
func (f *follower) resume(ctx context.Context) (err error) {
	if f.results, err = f.receiver(ctx); err != nil {
		return err
	}
	if _, err := natsretry.Do(ctx, func(ctx context.Context) (any, error) { return nil, f.shards.Purge(ctx) }); err != nil {
		return err
	}
	f.held = map[string]received{}
	for {
		info, err := natsretry.Do(ctx, func(ctx context.Context) (*jetstream.ConsumerInfo, error) { return f.results.Info(ctx) })
		if err != nil || info.NumPending == 0 {
			return err
		}
		m, err := f.conn.Fetch(ctx, f.results, time.Second, f.inCharge)
		if err != nil {
			return err
		}
		if m == nil {
			continue
		}
		r, ok := f.read(ctx, m)
		if !ok {
			continue
		}
		if r.Error != "" || r.Digest == "" {
			_ = m.Ack() // each process counts its own failures
			continue
		}
		f.held[r.Digest] = r
	}
}

// receive receives results until ctx ends.
func (f *follower) receive(ctx context.Context, cancel context.CancelCauseFunc, to chan<- received) {
	for ctx.Err() == nil {
		m, err := f.conn.Fetch(ctx, f.results, time.Second, f.inCharge)
		if err != nil {
			cancel(err)
			return
		}
		if m == nil {
			continue
		}
		if r, ok := f.read(ctx, m); ok {
			select {
			case to <- r:
			case <-ctx.Done():
			}
		}
	}
}

// read reads a result. A message that cannot be read is taken out of the queue.
func (f *follower) read(ctx context.Context, m jetstream.Msg) (r received, ok bool) {
	payload, err := f.payload(ctx, m)
	if err == nil {
		r.message = m
		r.lines, err = unpack(payload, &r.result)
	}
	if err == nil && r.Format != format {
		err = fmt.Errorf("its format is %d, expected %d", r.Format, format)
	}
	if err != nil && ctx.Err() == nil {
		f.pool.Progress.Note(fmt.Sprintf("%sa result of a worker cannot be read and was taken out of the queue: %v", progress.WarningPrefix, err))
		_ = m.Term()
	}
	return r, err == nil
}

// follow sends the shards and writes the blocks, until all are written.
func (f *follower) follow(ctx context.Context, read <-chan ahead.Item[label.Shard], results <-chan received) error {
	ticker := time.NewTicker(f.pool.check)
	defer ticker.Stop()
	for read != nil || len(f.sent) > 0 {
		more := read
		if len(f.sent)+len(f.ready) >= max(fewestAhead, aheadPerWorker*len(f.workers)) {
			more = nil
		}
		var err error
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-f.conn.Lost():
			return f.conn.LostError()
		case item, open := <-more:
			if !open {
				read = nil
			} else if err = item.Err; err == nil {
				err = f.send(ctx, item.Value)
			}
		case r := <-results:
			f.delivered++
			err = f.take(ctx, r)
		case <-ticker.C:
			err = f.look(ctx)
		}
		if err != nil {
			return err
		}
		if err := f.writeReady(ctx); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// send puts a shard into the queue, unless an earlier process has its block.
func (f *follower) send(ctx context.Context, s label.Shard) error {
	if !f.begun {
		f.begun, f.next = true, s.Number
	}
	text, sum, err := encoded(s)
	if err != nil {
		return err
	}
	if r, found := f.held[sum]; found {
		delete(f.held, sum)
		f.ready[s.Number] = &ready{Block: r.block(), message: r.message}
		return nil
	}
	payload, err := packText(text, nil)
	if err != nil {
		return err
	}
	object, err := f.sendShard(ctx, payload)
	if err != nil {
		return err
	}
	f.sent[s.Number] = &sent{digest: sum, object: object, rows: rows(s.Number, s.Texts[0].Row, s.Texts[len(s.Texts)-1].Row), failures: map[string]string{}}
	return nil
}

// block returns the block of a result.
func (r received) block() label.Block {
	return label.Block{Shard: r.Shard, Lines: r.lines, Counts: r.Counts}
}

// take takes a result. The first block of a shard counts.
func (f *follower) take(ctx context.Context, r received) error {
	if r.Digest == "" { // of a worker that does not work for this labelling
		f.pool.Progress.Note(fmt.Sprintf("%sworker %s ended: %s", progress.WarningPrefix, r.Worker, r.Error))
		return r.message.Ack()
	}
	f.workers[r.Worker] = true
	s := f.sent[r.Shard]
	if s == nil || s.digest != r.Digest { // the shard has a block, or the texts are others now
		f.remove(ctx, r.message.Headers().Get(objectHeader))
		return r.message.Ack()
	}
	if r.Error == "" {
		delete(f.sent, r.Shard)
		f.ready[r.Shard] = &ready{Block: r.block(), message: r.message, object: s.object}
		return nil
	}
	s.failures[r.Attempt] = r.Error
	f.pool.Progress.Note(fmt.Sprintf("%sworker %s: %s failed: %s", progress.WarningPrefix, r.Worker, s.rows, r.Error))
	if r.Final || len(s.failures) >= mostFailures {
		return errors.Join(fmt.Errorf("%s cannot be labelled, after %d failures: %s", s.rows, len(s.failures), r.Error), r.message.Ack())
	}
	return r.message.Ack()
}

// writeReady writes the blocks whose turn it is.
func (f *follower) writeReady(ctx context.Context) error {
	for b := f.ready[f.next]; b != nil; b = f.ready[f.next] {
		if err := f.write(b.Block); err != nil {
			return err
		}
		// A block that comes again, since its acknowledgement was lost, is one too many.
		if err := b.message.Ack(); err != nil {
			return err
		}
		f.remove(ctx, b.message.Headers().Get(objectHeader))
		f.remove(ctx, b.object)
		delete(f.ready, f.next)
		f.next++
	}
	return nil
}

// look returns an error if shards are neither in the queue nor among the results, for two calls in
// sequence: a message can be lost with the disk of a server, or taken out because it could not be read.
func (f *follower) look(ctx context.Context) error {
	quiet := f.delivered == 0
	f.delivered = 0
	if len(f.sent) == 0 || !quiet {
		f.emptied = 0
		return nil
	}
	n, err := f.waiting(ctx)
	if err != nil {
		return err
	}
	info, err := natsretry.Do(ctx, func(ctx context.Context) (*jetstream.ConsumerInfo, error) { return f.results.Info(ctx) })
	if err != nil {
		return err
	}
	if n > 0 || info.NumPending > 0 {
		f.emptied = 0
		return nil
	}
	if f.emptied++; f.emptied < 2 {
		return nil
	}
	return fmt.Errorf("labelling %s: %s shards are not on the NATS server any more, and nobody has sent their answers: did something else empty its queue? The same command continues", f.manifest.Job, numerals.Count(len(f.sent)))
}

// summary says who has labelled.
func (f *follower) summary() string {
	return fmt.Sprintf("labelling %s: finished; workers: %s", f.manifest.Job, numerals.Count(len(f.workers)))
}
