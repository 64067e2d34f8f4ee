package lora

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/testenv"
)

// compiled returns the outputs of a network that is compiled once.
func compiled(t *testing.T, store *model.Store, network func(*model.Scope, *graph.Node) *graph.Node, x *tensors.Tensor) func() []float32 {
	t.Helper()
	exec, err := model.NewExec(loratest.Backend(), store, network)
	loratest.Must(t, err)
	return func() []float32 {
		y, err := exec.Call1(x)
		loratest.Must(t, err)
		return tensors.MustCopyFlatData[float32](y)
	}
}

// A compiled network follows every variable of the model and of every kind of adapter.
func TestCompiledGraphFollowsVariables(t *testing.T) {
	for _, name := range slices.Concat(cases, wordsCases) {
		t.Run(name, func(t *testing.T) {
			x := loratest.Read(t, loratest.Testdata+"/"+name+"/expected.safetensors")["x"]
			a, store := opened(t, name)
			run := compiled(t, store, wrapped(a), x)
			if n := testenv.Follows(t, store, run, func(v *model.Variable) bool { return false }); n < 10 {
				t.Errorf("%d variables were changed, expected those of the whole network", n)
			}
		})
	}
}

// A compiled network without the adapter's decorator follows a merge, and its reverse.
func TestCompiledGraphFollowsMerge(t *testing.T) {
	a, store := injected(t, everything)
	disturb(t, a, store)
	want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
	run := compiled(t, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		return loratest.Build(scope, x, loratest.Linear)
	}, loratest.Input(t))
	base := run()
	loratest.Must(t, a.Merge())
	loratest.Near(t, "merged after the first run", run(), want, 1e-6)
	loratest.Must(t, a.Unmerge())
	if got := run(); !slices.Equal(got, base) {
		t.Errorf("after Unmerge %v, expected %v", got, base)
	}
}
