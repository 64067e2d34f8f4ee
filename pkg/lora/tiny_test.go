package lora

import (
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/safetensors"
)

var backend = sync.OnceValue(func() compute.Backend {
	b, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		panic(err)
	}
	return b
})

// dense is a function that builds a projection.
type dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node

func linear(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	g := x.Graph()
	return nn.Dense(x, scope.GetVariable("weight").NodeValue(g), scope.GetVariable("bias").NodeValue(g), compute.DenseLayoutOutputsInput)
}

const width, labels = 6, 3

// tiny is the network of testdata/tiny.py: x [batch, seq, width] to [batch, labels].
func tiny(scope *model.Scope, x *graph.Node, d dense) *graph.Node {
	for i := range 2 {
		layer := scope.At("encoder").At("layer").At("%d", i)
		q, k, v := d(layer.At("query"), x, width), d(layer.At("key"), x, width), d(layer.At("value"), x, width)
		x = graph.Add(x, d(layer.At("output").At("dense"), graph.Add(graph.Mul(graph.Tanh(q), v), k), width))
	}
	return d(scope.At("classifier"), graph.ReduceMean(x, 1), labels)
}

// tinyModules are its projections.
func tinyModules() []string {
	var modules []string
	for i := range 2 {
		for _, name := range []string{"query", "key", "value", "output/dense"} {
			modules = append(modules, fmt.Sprintf("encoder/layer/%d/%s", i, name))
		}
	}
	return append(modules, "classifier")
}

// tinyStore holds its weights.
func tinyStore(t testing.TB) *model.Store {
	t.Helper()
	store := model.NewStore()
	values := read(t, "testdata/base.safetensors")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		store.VariableWithValue(path(name), values[name])
	}
	return store
}

func path(dotted string) string {
	b := []byte("/" + dotted)
	for i := range b {
		if b[i] == '.' {
			b[i] = '/'
		}
	}
	return string(b)
}

// read reads all tensors of a file.
func read(t testing.TB, path string) map[string]*tensors.Tensor {
	t.Helper()
	file, err := safetensors.Open(path)
	must(t, err)
	defer file.Close()
	values := map[string]*tensors.Tensor{}
	for _, name := range file.Names() {
		values[name], err = file.Tensor(name)
		must(t, err)
	}
	return values
}

// outputs runs the network once.
func outputs(t testing.TB, store *model.Store, d dense, x *tensors.Tensor) []float32 {
	t.Helper()
	return run(t, store, false, func(scope *model.Scope, x *graph.Node) *graph.Node { return tiny(scope, x, d) }, x)
}

func run(t testing.TB, store *model.Store, training bool, f func(*model.Scope, *graph.Node) *graph.Node, x *tensors.Tensor) []float32 {
	t.Helper()
	exec, err := model.NewExec(backend(), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		store.SetTraining(x.Graph(), training)
		return f(scope, x)
	})
	must(t, err)
	results, err := exec.Call(x)
	must(t, err)
	return tensors.MustCopyFlatData[float32](results[0])
}

// opened is the adapter of a case of testdata/tiny.py on its network.
func opened(t testing.TB, name string) (*Adapter, *model.Store) {
	t.Helper()
	n := tinyNetwork
	if slices.Contains(wordsCases, name) {
		n = wordsNetwork
	}
	return n.opened(t, filepath.Join("testdata", name))
}

// injected is a fresh adapter on the network.
func injected(t testing.TB, c Config) (*Adapter, *model.Store) {
	t.Helper()
	return tinyNetwork.injected(t, c)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// near fails unless got is want within rel of the largest value of want.
func near(t testing.TB, what string, got, want []float32, rel float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	largest, worst := 0.0, 0.0
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	if !(worst <= rel*largest) || largest == 0 {
		t.Errorf("%s: off by %g of at most %g: %s", what, worst, largest, cmp.Diff(want, got))
	}
}

// snapshot is every value of a store, its bits, and whether it is trainable.
func snapshot(t testing.TB, store *model.Store) map[string]any {
	t.Helper()
	all := map[string]any{}
	for v := range store.IterVariables() {
		if v.Name() == model.RNGStateVariableName {
			continue
		}
		value, err := v.Value()
		must(t, err)
		must(t, value.ConstBytes(func(data []byte) { all[v.Path()] = slices.Clone(data) }))
		all[v.Path()+" trainable"] = v.Trainable
	}
	return all
}
