package lora

import (
	"runtime"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/lora/internal/match"
	"golang.org/x/sync/errgroup"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// Values of a [Config]'s Init, the initialization of a fresh adapter's matrices. Package
// initialization describes them, and says how to add one; every name that it knows can be
// set, "pissa_niter_N" as well.
const (
	InitKaiming    = initialization.Kaiming    // A uniform, B zero; PEFT's true
	InitGaussian   = initialization.Gaussian   // A normal, B zero
	InitOrthogonal = initialization.Orthogonal // both random, B·A zero; even ranks only
	InitRandom     = initialization.Random     // both random: the fresh adapter changes the model; PEFT's false
	InitPiSSA      = initialization.PiSSA      // the weight's largest singular values, taken from it
	InitOLoRA      = initialization.OLoRA      // the weight's QR decomposition, taken from it
	InitEVA        = initialization.EVA        // the principal directions of the inputs, see [Adapter.Activations]
)

// initialization is the one that Init names; the zero value where it names none, as for
// SHiRA.
func (c Config) initialization() initialization.Method {
	method, err := initialization.Find(c.Init)
	if err != nil {
		return initialization.Method{}
	}
	return method
}

// InitializedFromSeed reports whether the matrices of a fresh adapter follow from the seed
// alone. Another initialization takes time, which [Adapter.SaveInitialization] saves the next
// process.
func (c Config) InitializedFromSeed() bool {
	c = c.withDefaults()
	return c.sparse() || c.initialization().Drawn()
}

// NeedsExact reports whether the weight of a module, by its dotted name, may not be rounded before
// the adapter is injected: the module is saved, and therefore trained whole, or DoRA, SHiRA or the
// initialization computes with the weight.
func (c Config) NeedsExact(module string) bool {
	c = c.withDefaults()
	return c.DoRA || c.sparse() || !c.initialization().Drawn() || match.SavedModule(c.ModulesToSave, module+".weight") != ""
}

// module describes the target to an initialization.
func (t Target) module() initialization.Module {
	return initialization.Module{Name: t.Name, In: t.In, Out: t.Out, Rank: t.R, Scaling: t.Scaling, Embedding: t.embedding}
}

// initialize makes the matrices of every target, by its scope.
func (a *Adapter) initialize(store *model.Store, l *Layout, seed int64) (map[string]parts, error) {
	method := a.config.initialization()
	list := make([]parts, len(l.Targets))
	var work errgroup.Group
	work.SetLimit(runtime.GOMAXPROCS(0))
	for i, t := range l.Targets {
		var W []float32
		if method.MovesWeight() {
			var err error
			if W, err = floats.Read(store.GetVariable(t.PathWeight())); err != nil {
				return nil, err
			}
		}
		work.Go(func() (err error) {
			list[i].A, list[i].B, err = method.Matrices(t.module(), seed, W)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	initial := make(map[string]parts, len(list))
	for i, t := range l.Targets {
		initial[t.Scope] = list[i]
	}
	return initial, nil
}

// attachInitial puts fresh matrices on the model. Where a part of the weights moved into
// them, it subtracts that part from the weights.
func (a *Adapter) attachInitial(store *model.Store, l *Layout, places func(sparse) entries, initial map[string]parts) error {
	moves := a.config.initialization().MovesWeight()
	given := make(map[string]parts, len(initial))
	for _, t := range l.Targets {
		p := initial[t.Scope]
		p.A, p.B = slices.Clone(p.A), slices.Clone(p.B) // initial stays, these learn
		p.bias = make([]float32, t.Out)
		if moves || t.DoRA {
			weight := store.GetVariable(t.PathWeight())
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
	a.initial = initial
	return nil
}
