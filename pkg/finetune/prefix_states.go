package finetune

import (
	"context"
	"errors"
	"fmt"
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
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// prefixStates are the cached states, mapped into memory.
type prefixStates struct {
	*prefixPlan
	memory  mmap.MMap
	lock    *flock.Flock // shared: other processes cannot delete them
	seconds float64
}

// openPrefix opens the states of the training and validation reviews, after computing missing
// ones. The error is a *FieldError if no layer is frozen, and a *PrefixSizeError if the states
// are too large. It matches ErrStopped if ctx ended before they were complete.
func (r *Run) openPrefix(ctx context.Context, n *network, reviews *Reviews) (*prefixStates, error) {
	p, err := r.planPrefix(n, reviews)
	if err != nil {
		return nil, err
	}
	dir, err := prefixFolder()
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, p.name())
	wait := func() {
		r.options.Progress.Note("waiting for the hidden states, which another run computes")
	}
	states, err := p.open(ctx, path, wait)
	if err != nil || states != nil {
		return states, err
	}
	if err := r.computePrefix(ctx, n, p, path, wait); err != nil {
		return nil, err
	}
	states, err = p.open(ctx, path, wait)
	if err == nil && states == nil {
		err = &runfolder.DamagedError{File: path + statesFile, Err: errors.New("its content differs from the written data"), Remedy: "check the disk, or leave training.prefix_cache out"}
	}
	return states, err
}

// open maps the states into memory, if they are there and undamaged.
func (p *prefixPlan) open(ctx context.Context, path string, wait func()) (_ *prefixStates, err error) {
	s := &prefixStates{prefixPlan: p}
	if s.lock, err = lockStates(ctx, path, true, wait); err != nil {
		return nil, err
	}
	if s.memory, err = mapFile(path + statesFile); err != nil {
		return nil, errors.Join(err, s.close())
	}
	var whole bool
	if s.seconds, whole = p.whole(s.memory); !whole {
		return nil, s.close()
	}
	now := time.Now()
	_ = os.Chtimes(path+statesFile, now, now) // time of the last use; unknown times are deleted earlier
	return s, nil
}

// computePrefix computes the states in their place, unless another process just did.
func (r *Run) computePrefix(ctx context.Context, n *network, p *prefixPlan, path string, wait func()) (err error) {
	lock, err := lockStates(ctx, path, false, wait)
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
	limit := r.options.MaxPrefixBytes
	tooLarge := &PrefixSizeError{Bytes: p.size(), Limit: limit, Reviews: len(p.starts), Tokens: p.tokens, Layers: p.layers, Stored: p.stored}
	if p.size() > limit {
		return tooLarge
	}
	if tooLarge.InUse, err = makeRoom(path, p.size(), limit); err != nil {
		return err
	}
	if tooLarge.InUse > 0 {
		return tooLarge
	}
	return r.fillPrefix(ctx, n, p, path)
}

func (s *prefixStates) close() error { return errors.Join(unmap(&s.memory), s.lock.Close()) }

// used returns the description of the states for a run's training; nil without a cache.
func (s *prefixStates) used() *Prefix {
	if s == nil {
		return nil
	}
	return &Prefix{Layers: s.layers, Bytes: s.size(), Seconds: s.seconds}
}

// String is one line for people.
func (p *Prefix) String() string {
	return fmt.Sprintf("the first %d layers were computed once: %.1f MB, in %v", p.Layers, float64(p.Bytes)/1e6, time.Duration(p.Seconds*float64(time.Second)).Round(time.Second/10))
}

// statesTensor contains the cached hidden states of a batch.
const statesTensor = "states"

// tensors returns the states of batches, counted from the review first: [rows, length, hidden],
// or [rows, 1, hidden] of the first token; 0 for padding. It is nil without states.
func (s *prefixStates) tensors(first int) feed.More {
	if s == nil {
		return nil
	}
	return func(batch batching.Batch) map[string]*tensors.Tensor {
		length := s.kept(int32(batch.Length))
		values, stride := make([]float32, batch.Rows*length*s.hidden), length*s.hidden
		for row, example := range batch.Index {
			n := s.kept(batch.Lengths[row]) * s.hidden
			s.decode(values[row*stride:row*stride+n], s.memory[s.starts[first+example]:])
		}
		return map[string]*tensors.Tensor{statesTensor: tensors.FromFlatDataAndDimensions(values, batch.Rows, length, s.hidden)}
	}
}

// logits computes the logits with the layers above the states.
func (s *prefixStates) logits(encoder *bert.Encoder) classify.Logits {
	return classify.Logits{Extra: []string{statesTensor}, Build: func(root *model.Scope, in batching.Nodes) *graph.Node {
		mask := bert.PaddedInputs(in.IDs, in.Lengths).Mask
		return encoder.LogitsFrom(root, in.Extra[statesTensor], mask, s.layers)
	}}
}
