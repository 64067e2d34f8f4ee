package parameter

import (
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
)

// backends returns the Go backend and the one that lorabook selects.
func backends(t *testing.T) map[string]compute.Backend {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]compute.Backend{"go": testenv.GoBackend(t), e.Config: e.Backend}
}

// A graph that was compiled with one value of a variable computes with the next one.
func TestNodeIsReadInEachRun(t *testing.T) {
	for name, backend := range backends(t) {
		for _, training := range []bool{false, true} {
			store := model.NewStore()
			w := store.VariableWithValue("/w", float32(1))
			built := 0
			exec, err := model.NewExec(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
				built++
				root.Store().SetTraining(x.Graph(), training)
				y := graph.Mul(Node(root, w, x), x)
				if root.Store().IsTraining(x.Graph()) != training {
					t.Errorf("%s: Node changed the mark of training, %t", name, training)
				}
				return graph.Add(y, Node(root, w, x)) // read again
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range []float32{1, 2, -3} {
				if err := w.SetValue(tensors.FromScalar(value)); err != nil {
					t.Fatal(err)
				}
				y, err := exec.Call1(float32(10))
				if err != nil {
					t.Fatal(err)
				}
				if got := tensors.ToScalar[float32](y); got != 11*value {
					t.Errorf("%s, training %t: w is %v, the graph computes %v", name, training, value, got/11)
				}
			}
			if built != 1 {
				t.Errorf("%s: the graph was built %d times, expected once", name, built)
			}
		}
	}
}

// A value that the graph itself has set is the variable's value.
func TestNodeAfterSetNodeValue(t *testing.T) {
	for name, backend := range backends(t) {
		store := model.NewStore()
		w := store.VariableWithValue("/w", float32(1))
		y, err := model.CallOnce(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
			w.SetNodeValue(graph.Add(Node(root, w, x), x))
			return Node(root, w, x)
		}, float32(10))
		if err != nil {
			t.Fatal(err)
		}
		if got := tensors.ToScalar[float32](y); got != 11 {
			t.Errorf("%s: Node is %v, expected the 11 that was set", name, got)
		}
		value, err := w.Value()
		if err != nil {
			t.Fatal(err)
		}
		if got := tensors.ToScalar[float32](value); got != 11 {
			t.Errorf("%s: the variable is %v after the run, expected 11", name, got)
		}
	}
}

// A graph with bound variables computes with its inputs, and other graphs with the values of the
// variables.
func TestBind(t *testing.T) {
	for name, backend := range backends(t) {
		store := model.NewStore()
		w := store.VariableWithValue("/w", float32(1))
		bound, err := model.NewExec(backend, store, func(root *model.Scope, x, value *graph.Node) *graph.Node {
			Bind(w, value)
			if w.InUseByGraph(x.Graph()) {
				t.Errorf("%s: the graph reads the bound variable", name)
			}
			return graph.Mul(Node(root, w, x), x)
		})
		if err != nil {
			t.Fatal(err)
		}
		other, err := model.NewExec(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
			return graph.Mul(Node(root, w, x), x)
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, value := range []float32{2, -3} {
			y, err := bound.Call1(float32(10), value)
			if err != nil {
				t.Fatal(err)
			}
			z, err := other.Call1(float32(10))
			if err != nil {
				t.Fatal(err)
			}
			if got, own := tensors.ToScalar[float32](y), tensors.ToScalar[float32](z); got != 10*value || own != 10 {
				t.Errorf("%s: %v with the input %v, and %v without; expected %v and 10", name, got, value, own, 10*value)
			}
		}
	}
}

// A variable that the graph has read, and a node of another shape, cannot be bound.
func TestBindErrors(t *testing.T) {
	backend := testenv.GoBackend(t)
	store := model.NewStore()
	w := store.VariableWithValue("/w", float32(1))
	for want, build := range map[string]func(root *model.Scope, x *graph.Node) *graph.Node{
		"has read the variable /w already": func(root *model.Scope, x *graph.Node) *graph.Node {
			y := Node(root, w, x)
			Bind(w, x)
			return y
		},
		"expected the same shape": func(root *model.Scope, x *graph.Node) *graph.Node {
			Bind(w, graph.InsertAxes(x, -1))
			return Node(root, w, x)
		},
	} {
		if _, err := model.CallOnce(backend, store, build, float32(10)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, expected one with %q", err, want)
		}
	}
}
