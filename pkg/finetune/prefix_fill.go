package finetune

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
)

// fillPrefix computes the states of the plan into the file path, which appears when it is
// whole. The undamaged batches at the start of an incomplete or damaged file are kept.
func (r *Run) fillPrefix(ctx context.Context, n *network, p *prefixPlan, path string) error {
	part := path + partFile
	if err := os.Rename(path+statesFile, part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err = r.continuePrefix(ctx, n, p, file); err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(part, path+statesFile)
}

// continuePrefix computes the batches that the file lacks.
func (r *Run) continuePrefix(ctx context.Context, n *network, p *prefixPlan, file *os.File) error {
	done, seconds, err := p.begun(file)
	if err != nil {
		return err
	}
	exec, err := feed.New(r.engine.Backend, n.Store, batching.Signature{}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		padded := bert.PaddedInputs(in.IDs, in.Lengths)
		if p.first {
			return []*graph.Node{n.encoder.FirstState(root, padded)}
		}
		return []*graph.Node{n.encoder.StatesAfter(root, padded, p.layers)}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	reviews := 0
	for i := range done {
		reviews += len(p.batches.At(i).Index)
	}
	bar := r.options.Progress.Begin("hidden states", len(p.starts), reviews)
	defer bar.End()
	began := time.Now()
	err = feed.Forward{Exec: exec}.Each(ctx, p.batches, done, func(i int, batch batching.Batch, values []float32) error {
		if _, err := file.WriteAt(p.record(batch, values), p.end(i)); err != nil {
			return err
		}
		spent := time.Since(began).Seconds()
		seconds, began = seconds+spent, time.Now()
		if _, err := file.WriteAt(p.header(seconds), 0); err != nil {
			return err
		}
		reviews += len(batch.Index)
		bar.Update(progress.Status{Done: reviews, TokensPerSecond: float64(batch.Tokens()) / spent})
		return nil
	})
	if err != nil && errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("hidden states of %d of %d reviews: %w", reviews, len(p.starts), errors.Join(ErrStopped, err))
	}
	return err
}

// begun returns the number of undamaged batches in the file and their computing time. It
// truncates the file after them.
func (p *prefixPlan) begun(file *os.File) (batches int, seconds float64, err error) {
	memory, err := mapFile(file.Name())
	if err != nil {
		return 0, 0, err
	}
	batches, seconds = p.sound(memory)
	if err := unmap(&memory); err != nil {
		return 0, 0, err
	}
	if err := file.Truncate(p.end(batches)); err != nil {
		return 0, 0, err
	}
	_, err = file.WriteAt(p.header(seconds), 0)
	return batches, seconds, err
}
