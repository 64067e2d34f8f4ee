package finetune

import (
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/splits"
)

// trainingBatches makes the batches of the training examples.
type trainingBatches struct {
	batcher    *batching.Batcher
	more       feed.More // makes the batches' extra tensors
	accumulate int       // batches per step
	perEpoch   int       // steps per epoch
	epochs     int

	epoch    int // epoch of sequence; -1 for none
	sequence batching.Sequence
}

// newTrainingBatches makes the batches of the training examples. A training that resumes has the lengths
// of batches of its first steps, since they decide which examples a batch has. more makes the tensors of
// cached hidden states; nil means the tensors that the whole network needs.
func (r *Run) newTrainingBatches(n *network, examples *splits.Examples, at *position, more feed.More) (*trainingBatches, error) {
	switch {
	case at.Step == 0:
		at.Lengths = r.trainingLengths(n, examples)
	case len(at.Lengths) == 0:
		at.Lengths = batching.LengthsUpTo(r.Experiment.Data.MaxLength)
	}
	batcher, rows, err := r.trainingBatcher(n, examples, at.Lengths)
	if err != nil {
		return nil, err
	}
	if more == nil {
		more = rows.Tensors
	}
	t := r.Experiment.Training
	perEpoch := (batcher.Epoch(0).Len() + t.Accumulate - 1) / t.Accumulate
	return &trainingBatches{batcher: batcher, more: more, accumulate: t.Accumulate, perEpoch: perEpoch, epochs: t.Epochs, epoch: -1}, nil
}

// trainingLengths returns the lengths of batches of the training examples.
func (r *Run) trainingLengths(n *network, examples *splits.Examples) []int {
	return feed.LengthsFor(n.rowsOf("train", examples.Train).IDs, r.Experiment.Data.MaxLength, n.Config.LayerWeights())
}

// trainingBatcher divides the rows of the training examples into batches of the given lengths.
func (r *Run) trainingBatcher(n *network, examples *splits.Examples, lengths []int) (*batching.Batcher, *encoding.Rows, error) {
	e, rows := r.Experiment, n.rowsOf("train", examples.Train)
	batcher, err := batching.NewBatcherOf(rows.IDs, e.targets(rows, examples.Labels), batching.Options{
		Rows: e.Training.BatchSize, Seed: e.Seed, Pad: n.Tokenizer.PAD(), Lengths: lengths,
	})
	return batcher, rows, err
}

// Steps returns the number of updates of all epochs.
func (b *trainingBatches) Steps() int { return b.perEpoch * b.epochs }

// Epoch returns the number of epochs in the given number of steps.
func (b *trainingBatches) Epoch(steps int) float64 { return float64(steps) / float64(b.perEpoch) }

// At makes the batches of a step, counted from 0. The last step of an epoch may have fewer.
func (b *trainingBatches) At(step int) ([]trainer.Batch, error) {
	if epoch := step / b.perEpoch; epoch != b.epoch {
		b.epoch, b.sequence = epoch, b.batcher.Epoch(epoch)
	}
	first := step % b.perEpoch * b.accumulate
	return examplesOf(b.sequence, first, min(first+b.accumulate, b.sequence.Len()), b.more), nil
}

// examplesOf returns the tensors of the batches first to end-1.
func examplesOf(batches batching.Sequence, first, end int, more feed.More) []trainer.Batch {
	var list []trainer.Batch
	for i := first; i < end; i++ {
		batch := batches.At(i)
		list = append(list, trainer.Batch{Tensors: more.Tensors(batch), Tokens: batch.Tokens()})
	}
	return list
}
