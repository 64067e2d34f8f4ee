// Package devices divides the work of a graph among several devices of one engine: data
// parallelism. Each device has all variables and a share of the rows of each batch; XLA's
// partitioner (Shardy, by GoMLX's AutoSharding) divides the graph and adds the sums over devices.
//
//	mesh, err := devices.On(backend, 2)           // nil for one device
//	mesh.Prepare(exec, devices.PerRow)            // before the first call
//	out, err := mesh.Call(exec, arguments, devices.PerRow)
//
// The graph is built for the whole batch, so a position in it, such as that of an element of a
// dropout mask, does not depend on the number of devices.
package devices

import (
	"fmt"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/core/tensors/dtensor"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/heap"
)

// axis is the name of the mesh's only axis.
const axis = "rows"

// Mesh is a number of devices, the first ones of an engine. A nil Mesh is one device.
type Mesh struct {
	n     int
	rows  *distributed.ShardingSpec // the first axis is divided
	whole *distributed.ShardingSpec // each device has all
}

// Layout is what a graph's outputs are.
type Layout int

// The layouts.
const (
	PerRow Layout = iota // the first axis of each output is that of the batch's rows
	Total                // outputs and changed variables are about the whole batch
)

// CountError reports a number of devices that an engine does not have.
type CountError struct {
	Devices int // wanted
	Engine  string
	Has     int
}

func (e *CountError) Error() string {
	text := fmt.Sprintf("is %d, and the engine %q has %d", e.Devices, e.Engine, e.Has)
	if e.Has == 1 {
		return text + ": use 1, or XLA's CPU plugin, which has several (`go run ./kernel install`), or a machine with more GPUs"
	}
	return text + ": use that number or fewer"
}

// meshes holds one mesh of GoMLX for each number of devices. GoMLX compares meshes by their
// address, and a variable keeps the mesh of the first graph that used it.
var meshes sync.Map // of int to *distributed.DeviceMesh

// On returns the first n devices of the engine, and nil for 0 and 1. If the engine has fewer, the
// error is a *CountError.
func On(backend compute.Backend, n int) (*Mesh, error) {
	switch {
	case n < 0:
		return nil, fmt.Errorf("is %d, expected at least 1", n)
	case n <= 1:
		return nil, nil
	}
	if has := backend.NumDevices(); has < n {
		return nil, &CountError{n, backend.Name(), has}
	}
	fresh, err := distributed.NewDeviceMesh([]int{n}, []string{axis})
	if err != nil {
		return nil, err
	}
	known, _ := meshes.LoadOrStore(n, fresh)
	mesh := known.(*distributed.DeviceMesh)
	rows, err := distributed.BuildSpec(mesh).S(axis).Done()
	if err != nil {
		return nil, err
	}
	return &Mesh{n: n, rows: rows, whole: distributed.NewReplicatedShardingSpec(mesh)}, nil
}

// Count returns the number of devices.
func (m *Mesh) Count() int {
	if m == nil {
		return 1
	}
	return m.n
}

// Prepare sets exec up for the devices, before its first call. Its inputs are divided by their
// first axis.
func (m *Mesh) Prepare(exec *model.Exec, outputs Layout) error {
	if m == nil {
		return nil
	}
	// GoMLX sets the layout of a variable that has none, but panics for the random state (gomlx
	// v0.28.1).
	for v := range exec.Store().IterVariables() {
		if err := m.place(v); err != nil {
			return err
		}
	}
	out := m.whole
	if outputs == PerRow {
		out = m.rows
	}
	exec.AutoSharding(m.rows.Mesh).WithInputShardingSpecs(m.rows).WithOutputShardingSpecs(out)
	return nil
}

// place decides that each device has the whole variable. GoMLX cannot move a variable from one
// mesh to another.
func (m *Mesh) place(v *model.Variable) error {
	switch spec := v.ShardingSpec(); {
	case spec == nil:
		return v.SetShardingSpec(m.whole)
	case spec.Mesh != m.whole.Mesh:
		return fmt.Errorf("%s: the model is on %d devices, and cannot be on %d as well: open it again", v.Path(), spec.Mesh.NumDevices(), m.n)
	}
	return nil
}

// Call runs a prepared exec on a batch: tensors whose first axis is that of its rows. If the
// devices do not divide the rows, rows of zeros are added for the outputs PerRow and their outputs
// left out; for the outputs Total it is an error.
func (m *Mesh) Call(exec *model.Exec, arguments []any, outputs Layout) ([]*tensors.Tensor, error) {
	if m == nil {
		return exec.Call(arguments...)
	}
	rows, divided := 0, make([]any, len(arguments))
	for i, argument := range arguments {
		t := argument.(*tensors.Tensor)
		rows = t.Shape().Dim(0)
		if rows%m.n != 0 {
			if outputs == Total {
				return nil, fmt.Errorf("a batch of %d rows for %d devices: expected a multiple", rows, m.n)
			}
			padded, err := resized(t, (rows+m.n-1)/m.n*m.n)
			if err != nil {
				return nil, err
			}
			t = padded
		}
		shards, err := dtensor.ShardTensor(m.rows, t)
		if err != nil {
			return nil, err
		}
		divided[i] = shards
	}
	shards, err := together(exec, divided)
	if err != nil {
		return nil, err
	}
	each := len(shards) / m.n
	if outputs == Total {
		return shards[:each], nil
	}
	joined := make([]*tensors.Tensor, each)
	for i := range joined {
		list := make([]*tensors.Tensor, m.n)
		for device := range list {
			list[device] = shards[device*each+i]
		}
		all, err := dtensor.NewTensor(m.rows, list)
		if err != nil {
			return nil, err
		}
		if joined[i], err = all.Merge(); err != nil {
			return nil, err
		}
		if err := all.FinalizeAll(); err != nil {
			return nil, err
		}
		if joined[i], err = resized(joined[i], rows); err != nil {
			return nil, err
		}
	}
	return joined, nil
}

// running is held while a graph runs on several devices. The devices wait for each other to add
// sums; two graphs at a time could hold all threads of the engine while they wait.
var running sync.Mutex

func together(exec *model.Exec, arguments []any) ([]*tensors.Tensor, error) {
	running.Lock()
	defer running.Unlock()
	return exec.Call(arguments...)
}

// resized returns t with its first axis cut, or lengthened with zeros, to rows.
func resized(t *tensors.Tensor, rows int) (*tensors.Tensor, error) {
	shape := t.Shape().Clone()
	if shape.Dim(0) == rows {
		return t, nil
	}
	shape.Dimensions[0] = rows
	to := tensors.FromShape(shape)
	var inner error
	err := t.ConstBytes(func(from []byte) {
		inner = to.MutableBytes(func(bytes []byte) { copy(bytes, from) })
	})
	if err == nil {
		err = inner
	}
	return to, err
}

// Upload moves a store's variables to the devices, as engine.Upload does for one.
func (m *Mesh) Upload(backend compute.Backend, store *model.Store) error {
	if m == nil {
		return engine.Upload(backend, store)
	}
	var moved heap.Replaced
	for v := range store.IterVariables() {
		if !v.HasValue() {
			continue
		}
		if err := m.upload(backend, v); err != nil {
			return fmt.Errorf("%s: %w", v.Path(), err)
		}
		moved.Add(v.Shape().ByteSize())
	}
	moved.Return()
	return nil
}

// upload moves a variable to the devices, unless it is there.
func (m *Mesh) upload(backend compute.Backend, v *model.Variable) error {
	if err := m.place(v); err != nil {
		return err
	}
	held, err := v.DistributedValue()
	if err != nil {
		return err
	}
	if held.Shards()[0].IsOnAnyDevice() {
		return nil
	}
	moved, err := held.Clone() // the variable frees what it holds
	if err != nil {
		return err
	}
	for i, shard := range moved.Shards() {
		if err := shard.ToDevice(backend, compute.DeviceNum(i)); err != nil {
			return err
		}
	}
	return v.SetDistributedValue(moved)
}
