package lora

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// overwritten is the network with other values in a weight.
func overwritten(t *testing.T, path string, value func(i int) float32) *model.Store {
	t.Helper()
	store := loratest.Store(t)
	v := store.GetVariable(path)
	values := make([]float32, v.Shape().Size())
	for i := range values {
		values[i] = value(i)
	}
	loratest.Must(t, v.SetValue(floats.Tensor(values, v.Shape())))
	return store
}

// A weight of which no matrices can be made gives an error that names it, and nothing is
// changed.
func TestInitializationsRefuseWeights(t *testing.T) {
	const path = "/encoder/layer/1/query/weight"
	weights := map[string]func(int) float32{
		"zero":     func(int) float32 { return 0 },
		"rank one": func(i int) float32 { return float32(1+i/loratest.Width) * float32(i%loratest.Width-2) },
		"NaN": func(i int) float32 {
			if i == 8 {
				return float32(math.NaN())
			}
			return float32(i * i % 7)
		},
	}
	for name, c := range map[string]struct{ weight, init, want string }{
		"pissa of zero":      {"zero", InitPiSSA, "weight is zero"},
		"pissa of rank one":  {"rank one", InitPiSSA, "lower its rank to 1"},
		"randomized of zero": {"zero", "pissa_niter_3", "weight is zero"},
		"randomized, rank 1": {"rank one", "pissa_niter_3", "lower its rank to 1"},
		"pissa of NaN":       {"NaN", InitPiSSA, "weight[1, 2] is NaN"},
		"randomized of NaN":  {"NaN", "pissa_niter_3", "weight[1, 2] is NaN"},
		"olora of NaN":       {"NaN", InitOLoRA, "weight[1, 2] is NaN"},
	} {
		t.Run(name, func(t *testing.T) {
			store := overwritten(t, path, weights[c.weight])
			before := loratest.Snapshot(t, store)
			a, err := New(Config{R: 2, Init: c.init})
			loratest.Must(t, err)
			var bad *initialization.Error
			if err := a.Inject(store, loratest.Modules(), 1); !errors.As(err, &bad) || bad.Module != "encoder.layer.1.query" || !strings.Contains(bad.Reason, c.want) {
				t.Errorf("got %v, want an initialization.Error with %q", err, c.want)
			}
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" || a.Targets() != nil {
				t.Errorf("the model was changed: %s", diff)
			}
		})
	}
	// Q and R there are of any weight: a fresh adapter changes nothing, and B can learn.
	for _, weight := range []string{"zero", "rank one"} {
		store := overwritten(t, path, weights[weight])
		base := loratest.Outputs(t, store, loratest.Linear, loratest.Input(t))
		a, err := New(Config{R: 2, Init: InitOLoRA})
		loratest.Must(t, err)
		loratest.Must(t, a.Inject(store, loratest.Modules(), 1))
		loratest.Near(t, weight, loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), base, 1e-6)
	}
}

// A rank above the width is refused with every initialization, EVA's times rho too.
func TestRankAboveWidth(t *testing.T) {
	for _, init := range []string{InitPiSSA, "pissa_niter_1", InitOLoRA} {
		a, err := New(Config{R: loratest.Labels + 1, TargetModules: []string{"classifier"}, ModulesToSave: []string{}, TaskType: NoTask, Init: init})
		loratest.Must(t, err)
		var bad *ConfigError
		if err := a.Inject(loratest.Store(t), loratest.Modules(), 1); !errors.As(err, &bad) || bad.Field != "r" {
			t.Errorf("%s: %v", init, err)
		}
	}
	want := loratest.Read(t, "testdata/starts/eva.safetensors")
	_, _, s, feed := gathering(t, Config{R: 4, TargetModules: square})
	loratest.Must(t, feed(want["x"], want["mask"]))
	var bad *initialization.Error
	if err := s.Inject(); !errors.As(err, &bad) || !strings.Contains(bad.Reason, "found 8") || !strings.Contains(bad.Reason, "at most 6 directions") {
		t.Errorf("eva: %v", err)
	}
}

func TestEVARefuses(t *testing.T) {
	full := func(value float32, dims ...int) *tensors.Tensor {
		shape := shapes.Make(dtypes.Float32, dims...)
		values := make([]float32, shape.Size())
		for i := range values {
			values[i] = value
		}
		return floats.Tensor(values, shape)
	}
	ones := full(1, 4, 5)
	a, store, s, feed := gathering(t, Config{R: 2, TargetModules: square})
	before := loratest.Snapshot(t, store)
	if err := a.Inject(store, loratest.Modules(), 1); err != ErrNoActivations {
		t.Errorf("Inject without activations: %v", err)
	}
	if err := s.Add(nil); err == nil {
		t.Error("results without a graph")
	}
	if err := s.Inject(); err != ErrNoActivations {
		t.Errorf("nothing gathered: %v", err)
	}
	var bad *initialization.Error
	if err := feed(full(float32(math.NaN()), 4, 5, loratest.Width), ones); !errors.As(err, &bad) || bad.Module != "encoder.layer.0.query and those that share its input" {
		t.Errorf("NaN: %v", err)
	}
	if err := s.Inject(); err != ErrNoActivations {
		t.Errorf("after NaN alone: %v", err)
	}
	if err := s.Add(nil); err == nil || !strings.Contains(err.Error(), "12 nodes of Sums") {
		t.Errorf("no results: %v", err)
	}
	if err := s.Add(slices.Repeat([]*tensors.Tensor{full(1)}, 12)); err == nil || !strings.Contains(err.Error(), "result 1 ") {
		t.Errorf("results of another graph: %v", err)
	}
	loratest.Must(t, feed(full(1, 4, 5, loratest.Width), full(0, 4, 5)))
	if err := s.Inject(); !errors.As(err, &bad) || !strings.Contains(bad.Reason, "found 0") {
		t.Errorf("padding alone: %v", err)
	}
	loratest.Must(t, feed(full(1, 4, 5, loratest.Width), ones))
	if err := s.Inject(); !errors.As(err, &bad) || !strings.Contains(bad.Reason, "are the same") {
		t.Errorf("the same vector again and again: %v", err)
	}
	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" || a.Targets() != nil {
		t.Errorf("the model was changed: %s", diff)
	}
	x := loratest.Read(t, "testdata/plain/expected.safetensors")["x"]
	loratest.Must(t, feed(x, ones))
	loratest.Must(t, s.Inject())
	if err := s.Inject(); err != ErrInjected {
		t.Errorf("injected twice: %v", err)
	}
	if _, err := a.Activations(store, loratest.Modules()); err != ErrInjected {
		t.Errorf("gathering for one that is injected: %v", err)
	}

	// Directions that do not vary cannot be whitened.
	_, _, s, feed = gathering(t, Config{R: 3, TargetModules: []string{"query"}, EVA: &EVAConfig{Rho: 1, Whiten: true}})
	flatInput := full(0, 4, 5, loratest.Width)
	values := flat(flatInput)
	for i := range 20 {
		values[i*loratest.Width] = float32(i)
	}
	loratest.Must(t, feed(floats.Tensor(values, flatInput.Shape()), ones))
	if err := s.Inject(); err == nil || !strings.Contains(err.Error(), "whiten") {
		t.Errorf("whitening what does not vary: %v", err)
	}

	other, err := New(Config{R: 2})
	loratest.Must(t, err)
	var setting *ConfigError
	if _, err := other.Activations(loratest.Store(t), loratest.Modules()); !errors.As(err, &setting) || setting.Field != "init_lora_weights" {
		t.Errorf("activations for kaiming: %v", err)
	}
}

// TestSumsPanics as graph code does, and gathers again after.
func TestSumsPanics(t *testing.T) {
	_, store, s, feed := gathering(t, Config{R: 2, TargetModules: square})
	build := func(f func(scope *model.Scope, x *graph.Node)) error {
		_, err := model.MustNewExec(loratest.Backend(), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
			f(scope, x)
			return s.Sums(nil)[0]
		}).Call(loratest.Input(t))
		return err
	}
	query := func(scope *model.Scope) *model.Scope { return scope.At("encoder").At("layer").At("0").At("query") }
	for what, f := range map[string]func(scope *model.Scope, x *graph.Node){
		"encoder.layer.0.query is not in the graph": func(*model.Scope, *graph.Node) {},
		"encoder.layer.0.value is not in the graph": func(scope *model.Scope, x *graph.Node) { s.Wrap(loratest.Linear)(query(scope), x, loratest.Width) },
		"encoder.layer.0.query is built twice": func(scope *model.Scope, x *graph.Node) {
			s.Wrap(loratest.Linear)(query(scope), s.Wrap(loratest.Linear)(query(scope), x, loratest.Width), loratest.Width)
		},
	} {
		if err := build(f); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("got %v, want %q", err, what)
		}
	}
	want := loratest.Read(t, "testdata/starts/eva.safetensors")
	loratest.Must(t, feed(want["x"], want["mask"]))
	loratest.Must(t, s.Inject())
}

// Embeddings can have initializations that are drawn only, and SHiRA has none to keep.
func TestDrawnOnly(t *testing.T) {
	for _, init := range []string{InitPiSSA, "pissa_niter_1", InitOLoRA} {
		store := loratest.Store(t)
		store.VariableWithValue("/words/weight", [][]float32{{1, 2}, {3, 4}, {5, 6}})
		a, err := New(Config{R: 1, TargetModules: []string{"words"}, Init: init})
		loratest.Must(t, err)
		var bad *ConfigError
		if err := a.Inject(store, loratest.Modules(), 1, "words"); !errors.As(err, &bad) || bad.Field != "init_lora_weights" || !strings.Contains(bad.Reason, "words") {
			t.Errorf("%s of an embedding: %v", init, err)
		}
	}
	a, err := New(Config{PeftType: SHiRA, R: 1, TargetModules: []string{"query"}})
	loratest.Must(t, err)
	if err := a.InjectInitialization("none", loratest.Store(t), loratest.Modules()); err != errSparseInitialization {
		t.Errorf("SHiRA from a saved initialization: %v", err)
	}
	loratest.Must(t, a.Inject(loratest.Store(t), loratest.Modules(), 1))
	if err := a.SaveInitialization("none"); err != errSparseInitialization {
		t.Errorf("SHiRA's initialization: %v", err)
	}
}
