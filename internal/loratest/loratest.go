// Package loratest contains the common parts of the tests of pkg/lora and pkg/adapters: a small
// network whose fixtures PEFT made, its fixtures, and comparisons of whole tensors.
package loratest

import (
	"fmt"
	"maps"
	"math"
	"os"
	"os/exec"
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

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/parameter"
)

// Testdata is the folder of the fixtures, pkg/lora/testdata, as seen from pkg/lora, a package
// beside it, or one in it.
var Testdata = func() string {
	if _, err := os.Stat("../lora/testdata"); err == nil {
		return "../lora/testdata"
	}
	return "../testdata"
}()

// Backend computes deterministically, in pure Go.
var Backend = sync.OnceValue(func() compute.Backend {
	b, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		panic(err)
	}
	return b
})

// Dense is a function that builds a projection.
type Dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node

// Linear is x·Wᵀ + b.
func Linear(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	value := func(name string) *graph.Node { return parameter.Node(scope, scope.GetVariable(name), x) }
	return nn.Dense(x, value("weight"), value("bias"), compute.DenseLayoutOutputsInput)
}

// Width and Labels are the sizes of the network.
const Width, Labels = 6, 3

// Build is the network of testdata/tiny.py: x [batch, seq, width] to [batch, labels].
func Build(scope *model.Scope, x *graph.Node, d Dense) *graph.Node {
	for i := range 2 {
		layer := scope.At("encoder").At("layer").At("%d", i)
		q, k, v := d(layer.At("query"), x, Width), d(layer.At("key"), x, Width), d(layer.At("value"), x, Width)
		x = graph.Add(x, d(layer.At("output").At("dense"), graph.Add(graph.Mul(graph.Tanh(q), v), k), Width))
	}
	return d(scope.At("classifier"), graph.ReduceMean(x, 1), Labels)
}

// Modules are its projections.
func Modules() []string {
	var modules []string
	for i := range 2 {
		for _, name := range []string{"query", "key", "value", "output/dense"} {
			modules = append(modules, fmt.Sprintf("encoder/layer/%d/%s", i, name))
		}
	}
	return append(modules, "classifier")
}

// Store holds its weights.
func Store(t testing.TB) *model.Store {
	t.Helper()
	store := model.NewStore()
	values := Read(t, Testdata+"/base.safetensors")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		store.VariableWithValue(dotted.Path(name), values[name])
	}
	return store
}

// Read reads all tensors of a file.
func Read(t testing.TB, path string) map[string]*tensors.Tensor {
	t.Helper()
	file, err := safetensors.Open(path)
	Must(t, err)
	defer file.Close()
	values := map[string]*tensors.Tensor{}
	for _, name := range file.Names() {
		values[name], err = file.Tensor(name)
		Must(t, err)
	}
	return values
}

// Outputs runs the network once.
func Outputs(t testing.TB, store *model.Store, d Dense, x *tensors.Tensor) []float32 {
	t.Helper()
	return Run(t, store, false, func(scope *model.Scope, x *graph.Node) *graph.Node { return Build(scope, x, d) }, x)
}

func Run(t testing.TB, store *model.Store, training bool, f func(*model.Scope, *graph.Node) *graph.Node, x *tensors.Tensor) []float32 {
	t.Helper()
	exec, err := model.NewExec(Backend(), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		store.SetTraining(x.Graph(), training)
		return f(scope, x)
	})
	Must(t, err)
	results, err := exec.Call(x)
	Must(t, err)
	return tensors.MustCopyFlatData[float32](results[0])
}

func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Near fails unless got is want within rel of the largest value of want.
func Near(t testing.TB, what string, got, want []float32, rel float64) {
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

// Snapshot is every value of a store, its bits, and whether it is trainable.
func Snapshot(t testing.TB, store *model.Store) map[string]any {
	t.Helper()
	all := map[string]any{}
	for v := range store.IterVariables() {
		if v.Name() == model.RNGStateVariableName {
			continue
		}
		value, err := v.Value()
		Must(t, err)
		Must(t, value.ConstBytes(func(data []byte) { all[v.Path()] = slices.Clone(data) }))
		all[v.Path()+" trainable"] = v.Trainable
	}
	return all
}

// Input is the fixtures' x [4, 5, width].
func Input(t testing.TB) *tensors.Tensor {
	return Read(t, Testdata+"/plain/expected.safetensors")["x"]
}

// Python runs a script of testdata, or skips.
func Python(t *testing.T, args ...string) string {
	t.Helper()
	program := testenv.Get(t, "LORABOOK_PYTHON")
	if program == "" {
		t.Skip("set LORABOOK_PYTHON to a python3 that has torch, transformers, peft and safetensors")
	}
	args[0] = filepath.Join(Testdata, args[0])
	command := exec.Command(program, args...)
	command.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1", "HF_HUB_OFFLINE=1")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}
