package prefixcache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/edsrzf/mmap-go"
	"github.com/gofrs/flock"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// States are cached states, mapped into memory.
type States struct {
	plan    *plan
	memory  mmap.MMap
	lock    *flock.Flock // shared: other processes cannot delete the file
	seconds float64
}

// Open opens the states of all examples, after computing missing ones. The error is a
// *SizeError if they do not fit in the limit, and a *runfolder.DamagedError if the disk does not
// return the written data. If ctx ends first, the error matches ctx's, and the next call
// resumes after the batches that are complete.
func Open(ctx context.Context, c Config) (*States, error) {
	p, err := newPlan(c)
	if err != nil {
		return nil, err
	}
	dir, err := folder()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, p.name())
	states, err := p.open(ctx, path)
	if err != nil || states != nil {
		return states, err
	}
	if err := p.compute(ctx, path); err != nil {
		return nil, err
	}
	states, err = p.open(ctx, path)
	if err == nil && states == nil {
		err = &runfolder.DamagedError{File: path + statesFile, Err: errors.New("its content differs from the written data"), Remedy: "check the disk, or train without the cache of hidden states"}
	}
	return states, err
}

// wait tells the user that another process holds the lock.
func (p *plan) wait() {
	p.Progress.Note("waiting for the hidden states, which another run computes")
}

// open maps the states into memory. It returns nil if they are missing or damaged.
func (p *plan) open(ctx context.Context, path string) (_ *States, err error) {
	s := &States{plan: p}
	if s.lock, err = lockStates(ctx, path, true, p.wait); err != nil {
		return nil, err
	}
	if s.memory, err = mapFile(path + statesFile); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	var whole bool
	if s.seconds, whole = p.whole(s.memory); !whole {
		return nil, s.Close()
	}
	now := time.Now()
	_ = os.Chtimes(path+statesFile, now, now) // time of the last use; unknown times are deleted earlier
	return s, nil
}

// compute computes the states, unless another process has just computed them.
func (p *plan) compute(ctx context.Context, path string) (err error) {
	lock, err := lockStates(ctx, path, false, p.wait)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	memory, err := mapFile(path + statesFile)
	if err != nil {
		return err
	}
	_, whole := p.whole(memory)
	if err := unmap(&memory); err != nil || whole {
		return err
	}
	tooLarge := &SizeError{Bytes: p.size(), Limit: p.Limit, Examples: len(p.starts), Tokens: p.tokens, Layers: p.Layers, Stored: p.Stored}
	if p.size() > p.Limit {
		return tooLarge
	}
	if tooLarge.InUse, err = makeRoom(path, p.size(), p.Limit); err != nil {
		return err
	}
	if tooLarge.InUse > 0 {
		return tooLarge
	}
	return p.fill(ctx, path)
}

// Close unmaps the states and releases their lock.
func (s *States) Close() error { return errors.Join(unmap(&s.memory), s.lock.Close()) }

// Bytes returns the size of the file.
func (s *States) Bytes() int64 { return s.plan.size() }

// Seconds returns the computing time of the states, in all processes that took part.
func (s *States) Seconds() float64 { return s.seconds }

// Tensor is the name of a batch's extra input tensor with its cached states.
const Tensor = "states"

// Tensors returns the states of batches whose examples are counted from the example first of
// Config.Batches: [rows, length, hidden], or [rows, 1, hidden] of the first token; 0 for
// padding.
func (s *States) Tensors(first int) feed.More {
	p := s.plan
	return func(batch batching.Batch) map[string]*tensors.Tensor {
		length := p.kept(int32(batch.Length))
		values, stride := make([]float32, batch.Rows*length*p.hidden), length*p.hidden
		for row, example := range batch.Index {
			n := p.kept(batch.Lengths[row]) * p.hidden
			p.decode(values[row*stride:row*stride+n], s.memory[p.starts[first+example]:])
		}
		return map[string]*tensors.Tensor{Tensor: tensors.FromFlatDataAndDimensions(values, batch.Rows, length, p.hidden)}
	}
}

// Logits computes the logits [rows, labels], or [rows, length, labels] of a model with the head
// bert.TokenClassification, with the layers above the states. in has Tensor as an extra input.
func (s *States) Logits(root *model.Scope, in batching.Nodes) *graph.Node {
	mask := bert.PaddedInputs(in.IDs, in.Lengths).Mask
	if s.plan.Model.Head == bert.TokenClassification {
		return s.plan.Encoder.TokenLogitsFrom(root, in.Extra[Tensor], mask, s.plan.Layers)
	}
	return s.plan.Encoder.LogitsFrom(root, in.Extra[Tensor], mask, s.plan.Layers)
}
