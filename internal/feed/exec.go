// Package feed runs graphs on batches with named tensors.
//
//	exec, err := feed.New(backend, store, batching.Signature{}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
//		return []*graph.Node{encoder.Logits(root, bert.PaddedInputs(in.IDs, in.Lengths))}
//	})
//	out, err := exec.Call(batch.Tensors())
//	err = feed.Forward{Exec: exec}.Each(ctx, batches, 0, use) // two batches at a time, in order
package feed

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/devices"
	"github.com/lorabook/lorabook/pkg/batching"
)

// Exec runs a graph on batches. It is safe for use by several goroutines.
type Exec struct {
	exec      *model.Exec
	signature batching.Signature
	mesh      *devices.Mesh // nil for one device
	outputs   devices.Layout
}

// New prepares a graph over the store's variables. build returns its outputs for the inputs of the
// signature. The graph is compiled for each new shape of a batch.
func New(backend compute.Backend, store *model.Store, signature batching.Signature, build func(root *model.Scope, in batching.Nodes) []*graph.Node) (*Exec, error) {
	exec, err := model.NewExec(backend, store, func(root *model.Scope, inputs []*graph.Node) []*graph.Node {
		return build(root, signature.Nodes(inputs))
	})
	if err != nil {
		return nil, err
	}
	exec.SetMaxCache(-1) // the shapes are few, and each was chosen
	return &Exec{exec: exec, signature: signature}, nil
}

// Divide divides the rows of each batch among the devices of the mesh; nil means one device.
// It precedes the first call.
func (e *Exec) Divide(mesh *devices.Mesh, outputs devices.Layout) error {
	e.mesh, e.outputs = mesh, outputs
	return mesh.Prepare(e.exec, outputs)
}

// Call runs the graph on a batch and returns its outputs. A missing input, and an extra input that
// is not in the signature, are a *batching.InputError.
func (e *Exec) Call(in batching.Tensors) ([]*tensors.Tensor, error) {
	arguments, err := e.signature.Arguments(in)
	if err != nil {
		return nil, err
	}
	return e.mesh.Call(e.exec, arguments, e.outputs)
}

// Finalize frees the compiled programs. It has no effect on a nil Exec.
func (e *Exec) Finalize() {
	if e != nil {
		e.exec.Finalize()
	}
}
