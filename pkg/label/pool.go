package label

import (
	"context"
	"iter"

	"github.com/lorabook/lorabook/internal/ahead"
	"github.com/lorabook/lorabook/pkg/classify"
)

// Job is the labelling of the texts of one output.
type Job struct {
	ID         string // random; the same when it is continued
	Model      Model
	Lines      Lines
	Classifier *classify.Classifier
}

// Pool labels shards, in this process or elsewhere, such as package label/remote.
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
	read, stop := ahead.Read(ctx, shards)
	defer stop()
	for n := range read {
		if n.Err != nil {
			return n.Err
		}
		block, err := job.Lines.Label(ctx, job.Classifier, n.Value)
		if err != nil {
			return err
		}
		if err := write(block); err != nil {
			return err
		}
	}
	return ctx.Err()
}
