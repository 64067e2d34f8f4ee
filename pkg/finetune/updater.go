package finetune

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gomlx/compute/dtypes"

	"github.com/lorabook/lorabook/pkg/data"
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
	loss   float64 // summed over the rows, nats
	rows   int     // examples
	tokens int     // padding not counted
	norm   float64 // of the gradient, before the cut
	rate   float64 // learning rate
}

func newUpdater(backend compute.Backend, n *network, training Training) (*updater, error) {
	s := &stepper{training: training, encoder: n.encoder}
	u := &updater{store: n.Store}
	var err error
	if u.whole, err = model.NewExec(backend, n.Store, s.passAndUpdate); err != nil {
		return nil, err
	}
	if u.sum, err = model.NewExec(backend, n.Store, s.passAndSum); err != nil {
		return nil, err
	}
	u.apply, err = model.NewExec(backend, n.Store, func(root *model.Scope, g *graph.Graph) *graph.Node { return s.updateFromSums(root, g) })
	return u, err
}

func (u *updater) close() {
	for _, exec := range []*model.Exec{u.whole, u.sum, u.apply} {
		if exec != nil {
			exec.Finalize()
		}
	}
}

// step makes one update from batches first to end-1, with the given learning rate.
func (u *updater) step(batches data.Batches, first, end int, rate float64) (stepResult, error) {
	result := stepResult{rate: rate}
	variable := optimizer.LearningRateVar(u.store.RootScope(), dtypes.Float32, rate)
	if err := variable.SetValue(tensors.FromScalar(float32(rate))); err != nil {
		return result, err
	}
	for i := first; i < end; i++ {
		batch := batches.At(i)
		exec := u.sum
		if end-first == 1 {
			exec = u.whole
		}
		out, err := exec.Call(batchTensors(batch)...)
		if err != nil {
			return result, err
		}
		result.loss += float64(tensors.ToScalar[float32](out[0]))
		result.rows += len(batch.Index)
		for _, n := range batch.Lengths {
			result.tokens += int(n)
		}
		if exec == u.whole {
			result.norm = float64(tensors.ToScalar[float32](out[1]))
		}
	}
	if end-first > 1 {
		norm, err := u.apply.Call1()
		if err != nil {
			return result, err
		}
		result.norm = float64(tensors.ToScalar[float32](norm))
	}
	return result, nil
}
