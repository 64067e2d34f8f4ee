package finetune

import (
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/splits"
)

// trainingBatches makes the batches of the training examples.
type trainingBatches struct {
	batcher    *batching.Batcher
	rows       *encoding.Rows
	packed     bool      // several examples share a row
	more       feed.More // makes the batches' extra tensors
	accumulate int       // batches per step
	perEpoch   int       // steps per epoch
	epochs     int

	epoch    int // epoch of sequence
	sequence batching.Sequence
}

// newTrainingBatches makes the batches of the training examples. A training that resumes has the lengths
// and the packed shape of batches of its first steps, since they decide which examples a batch has. more
// makes the tensors of cached hidden states; nil means the tensors that the whole network needs.
func (r *Run) newTrainingBatches(n *network, examples *splits.Examples, at *position, more feed.More) (*trainingBatches, error) {
	switch {
	case at.Step == 0:
		at.Lengths = r.trainingLengths(n, examples)
		var err error
		if at.Packed, err = r.packedShape(n, examples, at.Lengths); err != nil {
			return nil, err
		}
	case len(at.Lengths) == 0:
		at.Lengths = batching.LengthsUpTo(r.Experiment.Data.MaxLength)
	}
	batcher, rows, err := r.trainingBatcher(n, examples, at.Lengths, at.Packed)
	if err != nil {
		return nil, err
	}
	if more == nil {
		more = rows.Tensors
	}
	t := r.Experiment.Training
	first := batcher.Epoch(0)
	accumulate := min(t.Accumulate, first.Len()) // a larger one could overflow
	perEpoch := (first.Len() + accumulate - 1) / accumulate
	packed := at.Packed != batching.Shape{}
	return &trainingBatches{batcher: batcher, rows: rows, packed: packed, more: more, accumulate: accumulate, perEpoch: perEpoch, epochs: t.Epochs, sequence: first}, nil
}

// trainingLengths returns the lengths of batches of the training examples.
func (r *Run) trainingLengths(n *network, examples *splits.Examples) []int {
	return feed.TrainingLengths(n.rowsOf("train", examples.Train).IDs, r.Experiment.Data.MaxLength, n.Config.LayerWeights())
}

// packedShape returns the shape of batches of the training in which several examples share a row, if they
// save enough. Otherwise it is the zero Shape, as on several devices, which divide the rows of a batch
// evenly, and with cached hidden states, of which each row of a batch has one example's.
func (r *Run) packedShape(n *network, examples *splits.Examples, lengths []int) (batching.Shape, error) {
	e := r.Experiment
	if e.Devices > 1 || e.Training.PrefixCache != "" {
		return batching.Shape{}, nil
	}
	layer := r.options.layer
	if layer == (feed.Layer{}) {
		layer = feed.Layer{Hidden: n.Config.HiddenSize, Weights: n.Config.LayerWeights()}
	}
	return feed.PackedShape(n.rowsOf("train", examples.Train).IDs, r.batchingOptions(n, lengths), e.Data.MaxLength, layer)
}

// trainingBatcher divides the rows of the training examples into batches of the given lengths, or of the
// packed shape if it is not zero.
func (r *Run) trainingBatcher(n *network, examples *splits.Examples, lengths []int, packed batching.Shape) (*batching.Batcher, *encoding.Rows, error) {
	e, rows, options := r.Experiment, n.rowsOf("train", examples.Train), r.batchingOptions(n, lengths)
	options.PackedShape = packed
	batcher, err := batching.NewBatcherOf(rows.IDs, e.targets(rows, examples.Labels), options)
	return batcher, rows, err
}

// batchingOptions returns the options of batches of the given lengths in which each example has a row.
func (r *Run) batchingOptions(n *network, lengths []int) batching.Options {
	e := r.Experiment
	return batching.Options{Rows: e.Training.BatchSize, Seed: e.Seed, Pad: n.Tokenizer.PAD(), Lengths: lengths}
}

// Logits returns the graph of the logits of the examples of a batch.
func (b *trainingBatches) Logits(l classify.Logits) classify.Logits {
	if b.packed {
		return l.PackedFor(b.rows)
	}
	return l.For(b.rows)
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
