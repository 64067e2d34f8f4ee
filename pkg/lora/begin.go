package lora

import (
	"fmt"
	"runtime"
	"slices"

	"github.com/gomlx/gomlx/ml/model"
	"golang.org/x/sync/errgroup"

	"github.com/lorabook/lorabook/internal/floats"
)

// DrawnStart tells whether Init draws the matrices from the seed alone. Another start
// costs time, which [Adapter.SaveStart] spares the next one.
func (c Config) DrawnStart() bool {
	init := c.withDefaults().Init
	return !movesWeights(init) && init != InitEVA
}

// StartError says why a module's matrices cannot begin as Init asks.
type StartError struct {
	Module string // dotted name
	Init   string
	Reason string // what was found, what was expected, what to do
}

// Error implements error.
func (e *StartError) Error() string {
	return fmt.Sprintf("lora: module %s: start %s: %s", e.Module, e.Init, e.Reason)
}

// begin makes the matrices of every target, by its scope.
func (a *Adapter) begin(store *model.Store, l *Layout, seed int64) (map[string]parts, error) {
	list := make([]parts, len(l.Targets))
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, t := range l.Targets {
		if !movesWeights(a.config.Init) {
			list[i].A, list[i].B = start(a.config.Init, seed, t)
			continue
		}
		W, err := floats.Read(store.GetVariable(t.pathWeight()))
		if err != nil {
			return nil, err
		}
		work.Go(func() (err error) {
			list[i].A, list[i].B, err = decompose(a.config.Init, seed, t, W)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	starts := make(map[string]parts, len(list))
	for i, t := range l.Targets {
		starts[t.Scope] = list[i]
	}
	return starts, nil
}

// attachStart puts fresh matrices on the model, and takes from its weights what they
// hold where the start says so.
func (a *Adapter) attachStart(store *model.Store, l *Layout, places func(sparse) entries, starts map[string]parts) error {
	given := make(map[string]parts, len(starts))
	for _, t := range l.Targets {
		p := starts[t.Scope]
		p.A, p.B = slices.Clone(p.A), slices.Clone(p.B) // the start stays, these learn
		p.bias = make([]float32, t.Out)
		if moves := movesWeights(a.config.Init); moves || t.DoRA {
			weight := store.GetVariable(t.pathWeight())
			W, err := floats.Read(weight)
			if err != nil {
				return err
			}
			if moves {
				p.weight = floats.Tensor(t.residual(W, p.A, p.B), weight.Shape())
				if W, err = floats.FromTensor(p.weight); err != nil {
					return err
				}
			}
			if t.DoRA {
				if p.magnitude, err = t.magnitude(W, p.A, p.B); err != nil {
					return err
				}
			}
		}
		given[t.Scope] = p
	}
	if err := a.attach(store, l, places, given); err != nil {
		return err
	}
	a.starts = starts
	return nil
}
