package classify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/lora"
)

// place gives a prepared adapter a slot. It makes room: it frees the slots of older versions, evicts
// the adapter that was used longest ago, compiles a larger graph, or waits for calls to end. The
// turn to load is held.
func (s *Service) place(ctx context.Context, a *servedAdapter) error {
	for {
		if err := s.reclaim(); err != nil {
			return err
		}
		var noPlace *adapters.CapacityError
		fit := s.places.set.Fits(a.key, a.prepared)
		if fit != nil && !errors.As(fit, &noPlace) {
			return fit
		}
		_, free := s.places.set.Slots()
		evict, full := s.crowded(a.name)
		switch {
		case evict != nil:
			s.evict(evict)
		case full:
			if err := s.wait(ctx); err != nil {
				return fmt.Errorf("adapter %q: all %d places are in use: %w", a.name, s.options.MaxAdapters, err)
			}
		case fit != nil:
			if err := s.grow(ctx, a, s.places.slots); err != nil {
				return err
			}
			if err := s.places.set.Fits(a.key, a.prepared); err != nil {
				return err
			}
		case free > 0:
			return s.put(a)
		case s.places.slots < s.options.MaxAdapters+1:
			if err := s.grow(ctx, nil, min(2*s.places.slots, s.options.MaxAdapters+1)); err != nil {
				return err
			}
		default: // older versions are in use
			if err := s.wait(ctx); err != nil {
				return fmt.Errorf("adapter %q: all %d places are in use: %w", a.name, s.options.MaxAdapters+1, err)
			}
		}
	}
}

// wait waits for a call to release an adapter.
func (s *Service) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.released:
		return nil
	}
}

// reclaim frees the slots of older versions that no call uses.
func (s *Service) reclaim() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var failed error
	s.resident = slices.DeleteFunc(s.resident, func(a *servedAdapter) bool {
		if !a.gone || a.calls > 0 {
			return false
		}
		a.prepared, a.slot = nil, 0
		failed = errors.Join(failed, s.places.set.Delete(a.key))
		return true
	})
	return failed
}

// crowded reports whether MaxAdapters other adapters are in memory, and returns the one of them
// that was used longest ago and is not in use; nil if all are.
func (s *Service) crowded(name string) (evict *servedAdapter, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	others := 0
	for _, a := range s.resident {
		if a.gone || a.name == name {
			continue
		}
		others++
		if a.calls == 0 && (evict == nil || a.used < evict.used) {
			evict = a
		}
	}
	if others < s.options.MaxAdapters {
		return nil, false
	}
	return evict, true
}

// evict removes an adapter from the memory, unless a call has begun to use it.
func (s *Service) evict(a *servedAdapter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.calls > 0 {
		return
	}
	s.resident = slices.DeleteFunc(s.resident, func(b *servedAdapter) bool { return a == b })
	a.prepared, a.slot = nil, 0
	_ = s.places.set.Delete(a.key) // its name is in the set
	s.stats.Evictions++
}

// put copies an adapter into a free slot, between two batches.
func (s *Service) put(a *servedAdapter) error {
	s.engine.Lock()
	defer s.engine.Unlock()
	if err := s.places.set.Put(a.key, a.prepared); err != nil {
		return err
	}
	slots, err := s.places.set.Rows([]string{a.key})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.slot = slots[0]
	s.resident = append(s.resident, a)
	return nil
}

// grow replaces the graph by one with more slots, or with places for an adapter as well. The service
// uses the old graph until the new one is compiled for the sizes that are in use.
func (s *Service) grow(ctx context.Context, a *servedAdapter, slots int) error {
	n := s.places.size
	n.slots, n.configs = slots, slices.Clone(n.configs)
	if a != nil {
		n.configs = append(n.configs, a.prepared.Config())
		n.classes = max(n.classes, len(a.head.columns), rowsOf(filepath.Join(a.source.dir, lora.TensorsFile), classifierKey))
	}
	s.mu.Lock()
	in := slices.Clone(s.resident)
	s.mu.Unlock()
	larger, err := s.build(n, in)
	if err != nil {
		return err
	}
	for _, size := range s.warmSizes() {
		if err := errors.Join(ctx.Err(), larger.warmUp(size)); err != nil {
			larger.close()
			return err
		}
	}
	keys := make([]string, len(in))
	for i, a := range in {
		keys[i] = a.key
	}
	rows, err := larger.set.Rows(keys)
	if err != nil {
		larger.close()
		return err
	}
	s.engine.Lock()
	defer s.engine.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.places
	s.places = larger
	for i, a := range in {
		a.slot = rows[i]
	}
	s.stats.Growths++
	old.close()
	return nil
}

// acquire returns the versions of adapters for a call, in memory until release. Adapters that left
// the memory are loaded again.
func (s *Service) acquire(ctx context.Context, names []string) (map[string]*servedAdapter, error) {
	distinct := slices.Compact(slices.Sorted(slices.Values(names)))
	out, missing, err := s.hold(distinct)
	if err != nil || len(missing) == 0 {
		return out, err
	}
	if len(distinct) > s.options.MaxAdapters {
		return nil, &TooManyAdaptersError{len(distinct), s.options.MaxAdapters}
	}
	held := map[string]*servedAdapter{}
	err = s.loading.take(ctx, func() error {
		for _, name := range distinct { // nobody else loads or evicts: those that are held stay
			one, missing, err := s.hold([]string{name})
			for err == nil && len(missing) > 0 {
				a := missing[0]
				if err = s.prepare(a); err == nil {
					err = s.place(ctx, a)
				}
				if err == nil {
					one, missing, err = s.hold([]string{name})
				}
			}
			if err != nil {
				return err
			}
			held[name] = one[name]
		}
		return nil
	})
	if err != nil {
		s.release(held)
		return nil, err
	}
	return held, nil
}

// hold counts a call for the adapters if all are in memory, and otherwise returns those that are
// not.
func (s *Service) hold(names []string) (held map[string]*servedAdapter, missing []*servedAdapter, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkOpen(); err != nil {
		return nil, nil, err
	}
	held = map[string]*servedAdapter{}
	for _, name := range names {
		a := s.known[name]
		if name == adapters.Base {
			if a = s.base; a.err != nil {
				return nil, nil, a.err
			}
		} else if a == nil {
			return nil, nil, s.unknown(name)
		} else if a.slot == 0 {
			missing = append(missing, a)
		}
		held[name] = a
	}
	if len(missing) > 0 {
		return nil, missing, nil
	}
	for _, a := range held {
		a.calls++
		s.uses++
		a.used = s.uses
	}
	return held, nil, nil
}

// release ends the use of adapters by a call.
func (s *Service) release(held map[string]*servedAdapter) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range held {
		a.calls--
	}
	select {
	case s.released <- struct{}{}:
	default:
	}
}

// sameWeights reports whether two folders contain the same model.
func sameWeights(a, b string) (bool, error) {
	const file = "model.safetensors"
	if x, err := safetensors.Open(filepath.Join(a, file)); err != nil {
		return false, nil //nolint:nilerr // another format cannot be compared
	} else {
		_ = x.Close()
	}
	first, err := digest.File(filepath.Join(a, file))
	if err != nil {
		return false, err
	}
	second, err := digest.File(filepath.Join(b, file))
	if err != nil {
		return false, nil //nolint:nilerr // another format cannot be compared
	}
	return first == second, nil
}
