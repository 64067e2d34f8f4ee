package adapters

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/lora"
)

// Prepared is an adapter that was read from a folder for a [Set], and for others on the same base.
type Prepared struct{ adapter *lora.Adapter }

// Config returns the adapter's configuration.
func (p *Prepared) Config() lora.Config { return p.adapter.Config() }

// Warnings lists settings of the adapter that have no effect, one sentence each.
func (p *Prepared) Warnings() []string { return p.adapter.Warnings() }

// Prepare reads the adapter that is saved in a folder, without changing the set. Unlike the other
// methods, it may run while the model does. Errors are those of [lora.Open].
func (s *Set) Prepare(dir string) (*Prepared, error) {
	c, err := lora.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	own, err := s.ownStore(c, s.outputsIn(dir))
	if err != nil {
		return nil, err
	}
	a, err := lora.Open(dir, own, s.modules)
	if err != nil {
		return nil, err
	}
	return &Prepared{a}, nil
}

// Fits returns the *[CapacityError] that Put would return for an adapter for whose matrices or
// modules the set has no place; nil if only slots can be missing.
func (s *Set) Fits(name string, p *Prepared) error { return s.fits(name, p.adapter) }

// Put adds a prepared adapter. Errors are the *[NameError] and *[CapacityError] of [Set.Add]. After
// an error nothing is changed.
func (s *Set) Put(name string, p *Prepared) error {
	free, err := s.free(name)
	if err != nil {
		return err
	}
	if err := s.write(free, name, p.adapter); err != nil {
		return err
	}
	s.slots[free] = &slot{name, p.adapter}
	return nil
}

// free returns a free slot for an adapter with a new name.
func (s *Set) free(name string) (int, error) {
	if err := s.checkNew(name); err != nil {
		return 0, err
	}
	free := 1 + slices.Index(s.slots[1:], nil)
	if free == 0 {
		return 0, &CapacityError{name, "slots", len(s.slots) - 1, "no slot is free: delete an adapter, or make the set with more slots"}
	}
	return free, nil
}

// Slots returns the number of slots for adapters, and how many are free.
func (s *Set) Slots() (all, free int) {
	for _, slot := range s.slots[1:] {
		if slot == nil {
			free++
		}
	}
	return len(s.slots) - 1, free
}
