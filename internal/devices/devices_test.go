package devices_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/devices"
	"github.com/lorabook/lorabook/internal/dropout"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
)

// several returns an engine with at least 4 devices.
func several(t *testing.T) compute.Backend {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	if n := e.Backend.NumDevices(); n < 4 {
		t.Skipf("the engine %s has %d devices, and the test needs 4: `go run ./kernel install` installs XLA", e, n)
	}
	return e.Backend
}

func on(t *testing.T, backend compute.Backend, n int) *devices.Mesh {
	t.Helper()
	mesh, err := devices.On(backend, n)
	if err != nil {
		t.Fatal(err)
	}
	if mesh.Count() != n {
		t.Fatalf("%d devices, expected %d", mesh.Count(), n)
	}
	return mesh
}

// weights is a store with a matrix [3, 2] and a seeded random state.
func weights(t *testing.T) (*model.Store, *model.Variable) {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(3); err != nil {
		t.Fatal(err)
	}
	return store, store.VariableWithValue("/w", [][]float32{{1, 2}, {3, 4}, {5, 6}}).SetTrainable(true)
}

// batch is a batch of rows of three whole numbers, whose sums have no rounding.
func batch(rows int) []any {
	values := make([]float32, 3*rows)
	for i := range values {
		values[i] = float32(i%11 + 1)
	}
	return []any{tensors.FromFlatDataAndDimensions(values, rows, 3)}
}

func values(t *testing.T, of *tensors.Tensor) []float32 {
	t.Helper()
	list, err := tensors.CopyFlatData[float32](of)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func newExec(t *testing.T, backend compute.Backend, store *model.Store, build func(root *model.Scope, in []*graph.Node) []*graph.Node) *model.Exec {
	t.Helper()
	exec, err := model.NewExec(backend, store, build)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return exec
}

// The masks of dropout, a variable that a graph changes, and sums over all rows are those of one
// device to the bit, where no sum is rounded.
func TestTotal(t *testing.T) {
	backend := several(t)
	var want [][]float32
	for _, n := range []int{1, 2, 4} {
		store, w := weights(t)
		exec := newExec(t, backend, store, func(root *model.Scope, in []*graph.Node) []*graph.Node {
			x := in[0]
			g := x.Graph()
			store.SetTraining(g, true)
			mask := dropout.Apply(root, graph.OnesLike(x), 0.5)
			product := graph.Dot(graph.Mul(mask, x), w.NodeValue(g)).MatMul()
			loss := graph.ReduceAllSum(product)
			step := graph.Gradient(loss, w.NodeValue(g))[0]
			w.SetNodeValue(graph.Sub(w.NodeValue(g), step))
			return []*graph.Node{mask, loss}
		})
		mesh := on(t, backend, n)
		if err := mesh.Prepare(exec, devices.Total); err != nil {
			t.Fatal(err)
		}
		var got [][]float32
		for range 3 {
			out, err := mesh.Call(exec, batch(8), devices.Total)
			if err != nil {
				t.Fatal(err)
			}
			value, err := w.Value()
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, values(t, out[0]), values(t, out[1]), values(t, value))
		}
		if slices.Equal(got[0], got[3]) {
			t.Error("two steps have one mask")
		}
		if n == 1 {
			want = got
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%d devices: %v, on one %v", n, got, want)
		}
	}
}

// Rows are added where the devices do not divide a batch and their outputs are left out. A graph
// on one device reads variables that several devices hold, and the other way round.
func TestPerRow(t *testing.T) {
	backend := several(t)
	for _, n := range []int{1, 2, 4} {
		store, w := weights(t)
		product := func(_ *model.Scope, in []*graph.Node) []*graph.Node {
			return []*graph.Node{graph.Dot(in[0], w.NodeValue(in[0].Graph())).MatMul()}
		}
		mesh := on(t, backend, n)
		if err := mesh.Upload(backend, store); err != nil {
			t.Fatal(err)
		}
		exec, single := newExec(t, backend, store, product), newExec(t, backend, store, product)
		if err := mesh.Prepare(exec, devices.PerRow); err != nil {
			t.Fatal(err)
		}
		for _, rows := range []int{1, 5, 8} {
			got, err := mesh.Call(exec, batch(rows), devices.PerRow)
			if err != nil {
				t.Fatal(err)
			}
			want, err := single.Call(batch(rows)...)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(values(t, got[0]), values(t, want[0])) || !got[0].Shape().Equal(want[0].Shape()) {
				t.Errorf("%d devices, %d rows: %v, on one %v", n, rows, got[0], want[0])
			}
		}
		if err := w.SetValue(tensors.FromFlatDataAndDimensions([]float32{0, 1, 0, 0, 0, 0}, 3, 2)); err != nil {
			t.Fatal(err)
		}
		if err := mesh.Upload(backend, store); err != nil {
			t.Fatal(err)
		}
		got, err := mesh.Call(exec, batch(2), devices.PerRow)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(values(t, got[0]), []float32{0, 1, 0, 4}) {
			t.Errorf("%d devices, another value: %v", n, got[0])
		}
	}
}

func TestFaults(t *testing.T) {
	fault := func(backend compute.Backend, remedy string) {
		t.Helper()
		_, err := devices.On(backend, 99)
		var count *devices.CountError
		if !errors.As(err, &count) || count.Has != backend.NumDevices() || !strings.Contains(err.Error(), "is 99, and the engine") || !strings.Contains(err.Error(), remedy) {
			t.Errorf("%s: %v", backend.Name(), err)
		}
		for _, n := range []int{0, 1} {
			if mesh, err := devices.On(backend, n); mesh != nil || err != nil || mesh.Count() != 1 {
				t.Errorf("%s, %d: %v, %v", backend.Name(), n, mesh, err)
			}
		}
	}
	fault(testenv.GoBackend(t), "kernel install")
	backend := several(t)
	fault(backend, "has 4: use that number or fewer")
	store, _ := weights(t)
	exec := newExec(t, backend, store, func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{graph.ReduceAllSum(in[0])}
	})
	mesh := on(t, backend, 4)
	if err := mesh.Prepare(exec, devices.Total); err != nil {
		t.Fatal(err)
	}
	if _, err := mesh.Call(exec, batch(6), devices.Total); err == nil || !strings.Contains(err.Error(), "6 rows for 4 devices") {
		t.Errorf("rows that the devices do not divide: %v", err)
	}
	if err := on(t, backend, 2).Upload(backend, store); err == nil || !strings.Contains(err.Error(), "is on 4 devices, and cannot be on 2 as well") {
		t.Errorf("another mesh: %v", err)
	}
}
