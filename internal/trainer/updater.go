package trainer

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/lorabook/lorabook/internal/devices"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
)

// Updater runs the graphs of training steps.
type Updater struct {
	store *model.Store
	whole *feed.Exec  // pass and update in one
	sum   *feed.Exec  // pass of one batch among several
	apply *model.Exec // update from the sums
	mesh  *devices.Mesh
}

// Batch is one of the batches whose gradients make a step.
type Batch struct {
	batching.Tensors
	Tokens int // padding not counted
}

// Update is the outcome of one step.
type Update struct {
	Loss   float64 // summed, nats
	Count  float64 // the sum is divided by it for the mean
	Tokens int     // padding not counted
	Norm   float64 // of the gradient, before it is cut
	Rate   float64 // learning rate
}

// NewUpdater prepares the steps of a training of the store's trainable variables. The mesh divides
// the rows of each batch among its devices; nil means one device.
func NewUpdater(backend compute.Backend, store *model.Store, objective Objective, o Optimizer, mesh *devices.Mesh) (_ *Updater, err error) {
	s := &stepper{optimizer: o, objective: objective}
	u := &Updater{store: store, mesh: mesh}
	defer func() {
		if err != nil {
			u.Close()
		}
	}()
	if mesh != nil {
		if err := mesh.Upload(backend, store); err != nil {
			return nil, err
		}
	}
	if u.whole, err = feed.New(backend, store, objective.Signature, s.passAndUpdate); err != nil {
		return nil, err
	}
	if u.sum, err = feed.New(backend, store, objective.Signature, s.passAndSum); err != nil {
		return nil, err
	}
	if u.apply, err = model.NewExec(backend, store, func(root *model.Scope, g *graph.Graph) *graph.Node { return s.updateFromSums(root, g) }); err != nil {
		return nil, err
	}
	for _, pass := range []*feed.Exec{u.whole, u.sum} {
		if err := pass.Divide(mesh, devices.Total); err != nil {
			return nil, err
		}
	}
	return u, mesh.Prepare(u.apply, devices.Total)
}

// Close frees what the engine compiled.
func (u *Updater) Close() {
	u.whole.Finalize()
	u.sum.Finalize()
	if u.apply != nil {
		u.apply.Finalize()
	}
}

// Step makes one update from the batches, with the given learning rate.
func (u *Updater) Step(batches []Batch, rate float64) (Update, error) {
	result := Update{Rate: rate}
	variable := optimizer.LearningRateVar(u.store.RootScope(), dtypes.Float32, rate)
	if err := variable.SetValue(tensors.FromScalar(float32(rate))); err != nil {
		return result, err
	}
	exec := u.sum
	if len(batches) == 1 {
		exec = u.whole
	}
	for _, b := range batches {
		out, err := exec.Call(b.Tensors)
		if err != nil {
			return result, err
		}
		result.Loss += float64(tensors.ToScalar[float32](out[0]))
		result.Count += float64(tensors.ToScalar[float32](out[1]))
		result.Tokens += b.Tokens
		if exec == u.whole {
			result.Norm = float64(tensors.ToScalar[float32](out[2]))
		}
	}
	if exec == u.sum {
		out, err := u.mesh.Call(u.apply, nil, devices.Total)
		if err != nil {
			return result, err
		}
		result.Norm = float64(tensors.ToScalar[float32](out[0]))
	}
	return result, nil
}
