package label

import (
	"context"
	"iter"

	"github.com/lorabook/lorabook/pkg/classify"
)

// Job is the labelling of the texts of one output.
type Job struct {
	ID         string // random; the same when it is continued
	Model      Model
	Lines      Lines
	Classifier *classify.Classifier
}

// Pool labels shards, in this process or elsewhere.
type Pool interface {
	// Label labels the shards, whose numbers are consecutive, and calls write with the block of each
	// in this order. It returns the first error of shards and of write. Each block is that of
	// Lines.Label. It reads only a limited number of shards before the next block that it writes.
	Label(ctx context.Context, job Job, shards iter.Seq2[Shard, error], write func(Block) error) error
}

// alone labels shards in this process.
type alone struct{}

// Label reads the next shard while the classifier computes.
func (alone) Label(ctx context.Context, job Job, shards iter.Seq2[Shard, error], write func(Block) error) error {
	type next struct {
		shard Shard
		err   error
	}
	ctx, cancel := context.WithCancel(ctx)
	read := make(chan next, 1)
	defer func() { // the reader has ended when Label returns
		cancel()
		for range read { //nolint:revive // what was read is not used
		}
	}()
	go func() {
		defer close(read)
		for shard, err := range shards {
			select {
			case read <- next{shard, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	for n := range read {
		if n.err != nil {
			return n.err
		}
		block, err := job.Lines.Label(ctx, job.Classifier, n.shard)
		if err != nil {
			return err
		}
		if err := write(block); err != nil {
			return err
		}
	}
	return ctx.Err()
}
