package prefixcache

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
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/progress"
)

// fill computes the states of the plan into the file path, which appears when it is complete.
// The undamaged batches at the start of an incomplete or damaged file are kept.
func (p *plan) fill(ctx context.Context, path string) error {
	part := path + partFile
	if err := os.Rename(path+statesFile, part); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(part, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	if err = p.resume(ctx, file); err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(part, path+statesFile)
}

// resume computes the missing batches of the file.
func (p *plan) resume(ctx context.Context, file *os.File) error {
	done, seconds, err := p.existing(file)
	if err != nil {
		return err
	}
	exec, err := feed.New(p.Engine.Backend, p.Model.Store, batching.Signature{Extra: p.Rows.Extra()}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		inputs := encoding.Inputs(in)
		if p.first {
			return []*graph.Node{p.Encoder.FirstState(root, inputs)}
		}
		return []*graph.Node{p.Encoder.StatesAfter(root, inputs, p.Layers)}
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	examples := 0
	for i := range done {
		examples += len(p.Batches.At(i).Index)
	}
	bar := p.Progress.Begin("hidden states", len(p.starts), examples)
	defer bar.End()
	costs := feed.Layer{Hidden: p.Model.Config.HiddenSize, Weights: p.Model.Config.LayerWeights()}.Costs(p.Batches, done)
	began := time.Now()
	err = feed.Forward{Exec: exec, More: p.Rows.Tensors}.Each(ctx, p.Batches, done, func(i int, batch batching.Batch, values []float32) error {
		if _, err := file.WriteAt(p.record(batch, values), p.end(i)); err != nil {
			return err
		}
		spent := time.Since(began).Seconds()
		seconds, began = seconds+spent, time.Now()
		if _, err := file.WriteAt(p.header(seconds), 0); err != nil {
			return err
		}
		examples += len(batch.Index)
		bar.Update(costs.Status(i, progress.Status{Done: examples, TokensPerSecond: float64(batch.Tokens()) / spent}))
		return nil
	})
	if err != nil && errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("hidden states of %d of %d examples: %w", examples, len(p.starts), err)
	}
	return err
}

// existing returns the number of undamaged batches in the file and their computing time. It
// truncates the file after them.
func (p *plan) existing(file *os.File) (batches int, seconds float64, err error) {
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
