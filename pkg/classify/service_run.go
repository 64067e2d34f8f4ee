package classify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"runtime/debug"
	"slices"
	"time"

	"github.com/lorabook/lorabook/internal/heap"
	"github.com/lorabook/lorabook/pkg/classify/internal/queue"
	"github.com/lorabook/lorabook/pkg/data"
)

// run computes batches until the queue is closed and empty.
func (s *Service) run() {
	for {
		batch, ok := s.queue.Next()
		if !ok {
			return
		}
		began := time.Now()
		err := s.compute(batch)
		took := time.Since(began)
		s.queue.Done(batch)
		info := BatchInfo{
			Texts: len(batch.Items), Tokens: batch.Tokens(), PaddedTokens: batch.Size, Waited: batch.Waited, Took: took,
		}
		different := map[*servedAdapter]bool{}
		for _, i := range batch.Items {
			different[i.Value.text.adapter] = true
		}
		info.Adapters = len(different)
		s.count(func(n *ServiceStats) {
			n.Batches++
			n.Tokens += int64(info.Tokens)
			n.Padded += int64(info.PaddedTokens)
		})
		if s.options.Observer != nil {
			s.options.Observer.Batch(info)
		}
		for _, i := range batch.Items { // last: the adapters are then released
			i.Value.call.finish(1, err)
		}
	}
}

// compute sets the logits of the texts of a batch.
func (s *Service) compute(batch *queue.Batch[*serviceRow]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("classify: the computation of a batch failed: %v", p)
		}
	}()
	s.engine.RLock()
	defer s.engine.RUnlock()
	in := input{warmSize: warmSize{batch.Kind, batch.Size}, padding: s.model.Tokenizer.PAD()}
	s.mu.Lock()
	p := s.places
	s.warm[in.warmSize] = true
	for _, i := range batch.Items {
		rows, row := i.Value.text.rows, i.Value.row
		t := inputText{ids: rows.IDs[row], first: len(rows.IDs[row]), slot: i.Value.text.adapter.slot}
		if rows.FirstLengths != nil {
			t.first = int(rows.FirstLengths[row])
		}
		in.texts = append(in.texts, t)
	}
	s.mu.Unlock()
	logits, err := s.computeApart(p, in)
	if err != nil {
		return err
	}
	for at, i := range batch.Items {
		i.Value.text.logits[i.Value.row] = logits[at]
	}
	return nil
}

// computeApart returns the logits of the texts of a batch. If the numbers of one overflow, as an adapter
// with very large weights can make them, each text of the batch is computed again, alone. The logits of
// a text whose own numbers overflow are NaN, also where the engine makes others of them.
func (s *Service) computeApart(p *places, in input) ([][]float32, error) {
	logits, finite, err := p.compute(in)
	if err != nil || finite {
		return logits, err
	}
	if len(in.texts) == 1 {
		for i := range logits[0] {
			logits[0][i] = float32(math.NaN())
		}
		return logits, nil
	}
	for i, t := range in.texts {
		alone, err := s.computeApart(p, input{warmSize{in.kind, s.grid.Size(len(t.ids))}, []inputText{t}, in.padding})
		if err != nil {
			return nil, err
		}
		logits[i] = alone[0]
	}
	return logits, nil
}

// warmSizes returns the sizes for which the graph is compiled, the smallest first.
func (s *Service) warmSizes() []warmSize {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.warm), func(a, b warmSize) int {
		return cmp.Or(a.kind-b.kind, a.tokens-b.tokens)
	})
}

// Warm compiles the graph for all sizes that batches can have, so that the first answers are as fast
// as the others. The programs of earlier processes are used if they are cached. progress is called
// after each size; nil means none. The graph of classifiers of words is compiled if an adapter has
// one. If ctx ends, its error is returned after the current size.
func (s *Service) Warm(ctx context.Context, progress func(done, total int)) error {
	kinds := map[int]bool{}
	s.mu.Lock()
	for _, a := range s.known {
		kinds[kindOf(a)] = true
	}
	if s.base.err == nil || len(kinds) == 0 {
		kinds[kindOf(s.base)] = true
	}
	s.mu.Unlock()
	var all []warmSize
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, tokens := range s.grid.Sizes {
			all = append(all, warmSize{kind, tokens})
		}
	}
	defer debug.FreeOSMemory() // the memory that building the graphs took
	defer heap.Frugal()()
	for i, size := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.warmUp(size); err != nil {
			return err
		}
		if progress != nil {
			progress(i+1, len(all))
		}
	}
	return nil
}

// warmUp compiles the graph for a size.
func (s *Service) warmUp(size warmSize) error {
	s.engine.RLock()
	defer s.engine.RUnlock()
	s.mu.Lock()
	err, p := s.checkOpen(), s.places
	s.warm[size] = true
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return p.warmUp(size)
}

func kindOf(a *servedAdapter) int {
	if a.head.task == data.TokenClassification {
		return eachToken
	}
	return wholeTexts
}
