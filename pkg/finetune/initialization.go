package finetune

import (
	"context"
	"fmt"
	"os"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// evaBatches is the number of training batches for EVA's initialization: the first batches of the
// first epoch, or all if it has fewer.
const evaBatches = 16

// inject injects the adapter into the model, with the initialization in the folder. If there is
// none, inject computes it and saves it.
func (r *Run) inject(ctx context.Context, n *network) error {
	if r.Experiment.Adapter.InitializedFromSeed() {
		return n.adapter.Inject(n.Store, n.DenseModules(), r.Experiment.Seed, n.EmbeddingModules()...)
	}
	path := r.Folder.Path(runfolder.CheckpointsDir, runfolder.AdapterInitializationFile)
	if _, err := os.Stat(path); err == nil {
		if err := n.adapter.InjectInitialization(path, n.Store, n.DenseModules()); err != nil {
			return &runfolder.DamagedError{
				File: path, Err: err,
				Remedy: "delete the folder " + r.Folder.Path(runfolder.CheckpointsDir) + " and train again from the start",
			}
		}
		return nil
	}
	if r.Experiment.Adapter.Init == lora.InitEVA {
		if err := r.injectEVA(ctx, n); err != nil {
			return err
		}
	} else if err := n.adapter.Inject(n.Store, n.DenseModules(), r.Experiment.Seed, n.EmbeddingModules()...); err != nil {
		return err
	}
	if err := os.MkdirAll(r.Folder.Path(runfolder.CheckpointsDir), 0o755); err != nil {
		return err
	}
	return n.adapter.SaveInitialization(path)
}

// injectEVA runs the untrained model on training examples and initializes the adapter from
// the inputs of its modules at every token, as PEFT does.
func (r *Run) injectEVA(ctx context.Context, n *network) error {
	activations, err := n.adapter.Activations(n.Store, n.DenseModules())
	if err != nil {
		return err
	}
	encoder := *n.encoder
	encoder.Dense = activations.Wrap(bert.Linear)
	batches, rows, err := r.evaBatches(ctx, n)
	if err != nil {
		return err
	}
	gather, err := feed.New(r.engine.Backend, n.Store, batching.Signature{Extra: rows.Extra()}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		inputs := encoding.Inputs(in)
		encoder.Classify(root, encoder.Pool(root, encoder.LastHiddenState(root, inputs)))
		return activations.Sums(inputs.Mask)
	})
	if err != nil {
		return err
	}
	defer gather.Finalize()
	bar := r.options.Progress.Begin("gathering activations", len(batches), 0)
	defer bar.End()
	for i, batch := range batches {
		if ctx.Err() != nil {
			return fmt.Errorf("gathering activations, batch %d of %d: %w (%w)", i+1, len(batches), ErrStopped, ctx.Err())
		}
		sums, err := gather.Call(feed.More(rows.Tensors).Tensors(batch))
		if err != nil {
			return err
		}
		if err := activations.Add(sums); err != nil {
			return err
		}
		bar.Update(progress.Status{Done: i + 1})
	}
	return activations.Inject()
}

// evaBatches returns the batches for EVA's initialization, and the rows that they contain: each example
// has a row, also if the training's batches are packed, since the mask of the sums has one.
func (r *Run) evaBatches(ctx context.Context, n *network) ([]batching.Batch, *encoding.Rows, error) {
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, nil, err
	}
	batcher, rows, err := r.trainingBatcher(n, examples, r.trainingLengths(n, examples), batching.Shape{})
	if err != nil {
		return nil, nil, err
	}
	epoch := batcher.Epoch(0)
	list := make([]batching.Batch, min(evaBatches, epoch.Len()))
	for i := range list {
		list[i] = epoch.At(i)
	}
	return list, rows, nil
}
