package classify

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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
			Rows: batch.Rows, Length: batch.Length, Texts: len(batch.Items), Tokens: batch.Tokens(), PaddedTokens: batch.Rows * batch.Length,
			Waited: batch.Waited, Took: took,
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

// compute sets the logits of the rows of a batch.
func (s *Service) compute(batch *queue.Batch[*serviceRow]) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("classify: the computation of a batch failed: %v", p)
		}
	}()
	s.engine.RLock()
	defer s.engine.RUnlock()
	in := input{warmShape: warmShape{batch.Kind, batch.Shape}, padding: s.model.Tokenizer.PAD()}
	s.mu.Lock()
	p := s.places
	s.warm[in.warmShape] = true
	for _, i := range batch.Items {
		in.slots = append(in.slots, i.Value.text.adapter.slot)
	}
	s.mu.Unlock()
	for _, i := range batch.Items {
		rows, row := i.Value.text.rows, i.Value.row
		ids := rows.IDs[row]
		first := int32(len(ids)) // a single text has the token type 0
		if rows.FirstLengths != nil {
			first = rows.FirstLengths[row]
		}
		in.ids, in.firsts = append(in.ids, ids), append(in.firsts, first)
	}
	values, err := p.compute(in)
	if err != nil {
		return err
	}
	n := p.width
	if batch.Kind == eachToken {
		n *= batch.Length
	}
	for at, i := range batch.Items {
		part := values[at*n : (at+1)*n]
		if batch.Kind == eachToken {
			part = part[:len(in.ids[at])*p.width]
		}
		i.Value.text.logits[i.Value.row] = slices.Clone(part)
	}
	return nil
}

// warmShapes returns the shapes that are compiled, the smallest first.
func (s *Service) warmShapes() []warmShape {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.SortedFunc(maps.Keys(s.warm), func(a, b warmShape) int {
		return cmp.Or(a.kind-b.kind, a.Rows*a.Length-b.Rows*b.Length, a.Length-b.Length)
	})
}

// Warm compiles the graph for all shapes that batches can have, so that the first answers are as fast
// as the others. The programs of earlier processes are used if they are cached. progress is called
// after each shape; nil means none. Shapes of classifiers of words are compiled if an adapter has
// one. If ctx ends, its error is returned after the current shape.
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
	var all []warmShape
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		for _, shape := range s.grid.Shapes() {
			all = append(all, warmShape{kind, shape})
		}
	}
	defer debug.FreeOSMemory() // the memory that building the graphs took
	defer heap.Frugal()()
	for i, shape := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.warmUp(shape); err != nil {
			return err
		}
		if progress != nil {
			progress(i+1, len(all))
		}
	}
	return nil
}

// warmUp compiles the graph for a shape.
func (s *Service) warmUp(shape warmShape) error {
	s.engine.RLock()
	defer s.engine.RUnlock()
	s.mu.Lock()
	err, p := s.checkOpen(), s.places
	s.warm[shape] = true
	s.mu.Unlock()
	if err != nil {
		return err
	}
	return p.warmUp(shape)
}

func kindOf(a *servedAdapter) int {
	if a.head.task == data.TokenClassification {
		return eachToken
	}
	return wholeTexts
}
