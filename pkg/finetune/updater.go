package finetune

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/lorabook/lorabook/pkg/batching"
)

// updater runs the graphs of training steps.
type updater struct {
	store *model.Store
	whole *model.Exec // pass and update in one
	sum   *model.Exec // pass of one batch among several
	apply *model.Exec // update from the sums
}

// stepResult is what one update tells.
type stepResult struct {
	loss   float64 // summed, nats
	count  float64 // what the sum is divided by to be a mean
	tokens int     // padding not counted
	norm   float64 // of the gradient, before the cut
	rate   float64 // learning rate
}

// pass is one batch on its way through the network.
type pass struct {
	inputs []any // what the objective takes
	tokens int   // padding not counted
}

// passes are batches first to end-1, for the objective that classifies, with what more
// makes of each (nil: nothing).
func passes(batches batching.Sequence, first, end int, more func(batching.Batch) []any) []pass {
	var list []pass
	for i := first; i < end; i++ {
		batch := batches.At(i)
		p := pass{inputs: batchTensors(batch)}
		if more != nil {
			p.inputs = append(p.inputs, more(batch)...)
		}
		p.tokens = tokensOf(batch.Lengths)
		list = append(list, p)
	}
	return list
}

// tokensOf is the sum of rows' lengths.
func tokensOf(lengths []int32) (tokens int) {
	for _, n := range lengths {
		tokens += int(n)
	}
	return tokens
}

func newUpdater(backend compute.Backend, store *model.Store, o objective, training Training) (*updater, error) {
	s := &stepper{training: training, objective: o}
	u := &updater{store: store}
	var err error
	if u.whole, err = model.NewExec(backend, store, s.passAndUpdate); err != nil {
		return nil, err
	}
	if u.sum, err = model.NewExec(backend, store, s.passAndSum); err != nil {
		return nil, err
	}
	u.apply, err = model.NewExec(backend, store, func(root *model.Scope, g *graph.Graph) *graph.Node { return s.updateFromSums(root, g) })
	return u, err
}

func (u *updater) close() {
	for _, exec := range []*model.Exec{u.whole, u.sum, u.apply} {
		if exec != nil {
			exec.Finalize()
		}
	}
}

// step makes one update from the passes, with the given learning rate.
func (u *updater) step(passes []pass, rate float64) (stepResult, error) {
	result := stepResult{rate: rate}
	variable := optimizer.LearningRateVar(u.store.RootScope(), dtypes.Float32, rate)
	if err := variable.SetValue(tensors.FromScalar(float32(rate))); err != nil {
		return result, err
	}
	exec := u.sum
	if len(passes) == 1 {
		exec = u.whole
	}
	for _, p := range passes {
		out, err := exec.Call(p.inputs...)
		if err != nil {
			return result, err
		}
		result.loss += float64(tensors.ToScalar[float32](out[0]))
		result.count += float64(tensors.ToScalar[float32](out[1]))
		result.tokens += p.tokens
		if exec == u.whole {
			result.norm = float64(tensors.ToScalar[float32](out[2]))
		}
	}
	if exec == u.sum {
		norm, err := u.apply.Call1()
		if err != nil {
			return result, err
		}
		result.norm = float64(tensors.ToScalar[float32](norm))
	}
	return result, nil
}
