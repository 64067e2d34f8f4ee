package adapters

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/lora"
)

// A program that was compiled and run with one adapter computes with the next one that is
// activated, with one that is added or replaced later, and with changed base weights.
func TestCompiledGraphFollowsAdapters(t *testing.T) {
	s, store := several(t, "heads", 1)
	p, x := compiled(t, s, store), loratest.Input(t)
	fresh := func() []float32 {
		return loratest.Outputs(t, store, s.Wrap(loratest.Linear), x)
	}
	seen := map[string][]float32{}
	active := func(name string) []float32 {
		t.Helper()
		loratest.Must(t, s.SetAdapter(name))
		got := p.active(t, x)
		if want := fresh(); !slices.Equal(got, want) {
			t.Errorf("%s: the compiled program computes %v, a new one %v", name, got, want)
		}
		return got
	}
	for range 2 { // back to each after the others
		for _, name := range append(s.Names(), Base) {
			got := active(name)
			if before := seen[name]; before != nil && !slices.Equal(got, before) {
				t.Errorf("%s: %v, before the others it was %v", name, got, before)
			}
			seen[name] = got
		}
	}
	for name, a := range seen {
		for other, b := range seen {
			if name != other && slices.Equal(a, b) {
				t.Errorf("%s and %s compute the same", name, other)
			}
		}
	}

	// Another adapter in a slot that was computed with before.
	loratest.Must(t, s.Add("late", lora.Config{R: 2, Alpha: 8, TargetModules: []string{"query", "value"}, Init: lora.InitRandom}, 7))
	first, firstRows := active("late"), p.mixed(t, x, "late", Base, Base, Base)
	loratest.Must(t, s.Delete("late"))
	loratest.Must(t, s.Add("later", lora.Config{R: 2, Alpha: 8, TargetModules: []string{"query", "value"}, Init: lora.InitRandom}, 8))
	if slices.Equal(active("later"), first) || slices.Equal(p.mixed(t, x, "later", Base, Base, Base), firstRows) {
		t.Error("an adapter in the slot of another computes what the other computed")
	}
	if p.built != 2 {
		t.Errorf("the graphs were built %d times, expected each once", p.built)
	}
}

// A compiled program with rows follows every variable of the set and of the base.
func TestCompiledRowsFollowVariables(t *testing.T) {
	s, store := several(t, "heads", 0)
	x := loratest.Input(t)
	names := append(s.Names(), Base)
	rows, err := s.Rows(names[:x.Shape().Dim(0)])
	loratest.Must(t, err)
	exec, err := model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x, rows *graph.Node) *graph.Node {
		return loratest.Build(scope, x, s.WrapRows(loratest.Linear, rows))
	})
	loratest.Must(t, err)
	testenv.Follows(t, store, func() []float32 {
		y, err := exec.Call1(x, rows)
		loratest.Must(t, err)
		return tensors.MustCopyFlatData[float32](y)
	}, func(v *model.Variable) bool { return v.Scope() == "/classifier" && !strings.HasPrefix(v.Name(), "#") }) // slot 0 has a copy
}
