package lora

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// disturb gives all that is trainable random values, as after training.
func disturb(t testing.TB, a *Adapter, store *model.Store) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for v := range store.IterVariables() {
		if !v.Trainable {
			continue
		}
		values := make([]float32, v.Shape().Size())
		for i := range values {
			values[i] = float32(rng.NormFloat64() * 0.4)
		}
		loratest.Must(t, v.SetValue(floats.Tensor(values, v.Shape())))
	}
}

var everything = Config{R: 3, Alpha: 5, TargetModules: []string{"query", "key", "value", "dense"}}

func TestFreshAdapterChangesNothing(t *testing.T) {
	store := loratest.Store(t)
	want := loratest.Outputs(t, store, loratest.Linear, loratest.Input(t))
	a, err := New(everything)
	loratest.Must(t, err)
	loratest.Must(t, a.Inject(store, loratest.Modules(), 1))
	if got := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestAdapterHasAnEffect(t *testing.T) {
	a, store := injected(t, everything)
	want := loratest.Outputs(t, store, loratest.Linear, loratest.Input(t))
	loratest.Must(t, store.GetVariable("/encoder/layer/0/query/lora_B/weight").SetValue(floats.Tensor(slices.Repeat([]float32{1}, loratest.Width*3), shapes.Make(dtypes.Float32, loratest.Width, 3))))
	if got := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)); slices.Equal(got, want) {
		t.Error("the outputs are the same with another B")
	}
}

func TestInitialization(t *testing.T) {
	_, store := injected(t, everything)
	values, err := floats.Read(store.GetVariable("/encoder/layer/1/output/dense/lora_A/weight"))
	loratest.Must(t, err)
	method := Config{}.withDefaults().initialization()
	A, _, err := method.Matrices(initialization.Module{Name: "encoder.layer.1.output.dense", Rank: 3, In: loratest.Width, Out: loratest.Width}, 7, nil)
	loratest.Must(t, err)
	if !slices.Equal(values, A) {
		t.Error("A is not drawn from seed and name alone")
	}
	// The order and the choice of the modules do not matter.
	other := loratest.Store(t)
	a, err := New(Config{R: 3, TargetModules: []string{"output.dense"}})
	loratest.Must(t, err)
	modules := loratest.Modules()
	slices.Reverse(modules)
	loratest.Must(t, a.Inject(other, modules, 7))
	again, err := floats.Read(other.GetVariable("/encoder/layer/1/output/dense/lora_A/weight"))
	loratest.Must(t, err)
	if !slices.Equal(values, again) {
		t.Error("A depends on the other modules")
	}
	// U(-1/√in, 1/√in): mean 0, variance 1/(3·in).
	const in = 100
	sample, _, err := method.Matrices(initialization.Module{Name: "m", Rank: 1000, In: in, Out: 1}, 1, nil)
	loratest.Must(t, err)
	mean, square, largest := 0.0, 0.0, 0.0
	for _, x := range sample {
		mean += float64(x) / float64(len(sample))
		square += float64(x) * float64(x) / float64(len(sample))
		largest = max(largest, math.Abs(float64(x)))
	}
	if largest > 0.1 || largest < 0.0999 || math.Abs(mean) > 0.001 || math.Abs(square-1.0/(3*in)) > 1e-4 {
		t.Errorf("largest %g, mean %g, mean square %g", largest, mean, square)
	}
}

func TestFreezesAllButTheAdapterAndTheModulesToSave(t *testing.T) {
	_, store := injected(t, Config{R: 2})
	var trainable []string
	for v := range store.IterVariables() {
		if v.Trainable {
			trainable = append(trainable, v.Path())
		}
	}
	slices.Sort(trainable)
	want := []string{
		"/classifier/bias", "/classifier/weight",
		"/encoder/layer/0/query/lora_A/weight", "/encoder/layer/0/query/lora_B/weight",
		"/encoder/layer/0/value/lora_A/weight", "/encoder/layer/0/value/lora_B/weight",
		"/encoder/layer/1/query/lora_A/weight", "/encoder/layer/1/query/lora_B/weight",
		"/encoder/layer/1/value/lora_A/weight", "/encoder/layer/1/value/lora_B/weight",
	}
	if diff := cmp.Diff(want, trainable); diff != "" {
		t.Error(diff)
	}
}

// The figures of PEFT's print_trainable_parameters for bert-base-cased.
func TestCountsOfBERTBase(t *testing.T) {
	store := model.NewStore()
	add := func(name string, dims ...int) {
		store.VariableWithShape(dotted.Path(name), shapes.Make(dtypes.Float32, dims...), graph.Zeros)
	}
	var modules []string
	dense := func(name string, out, in int) {
		add(name+".weight", out, in)
		add(name+".bias", out)
		modules = append(modules, dotted.Path(name))
	}
	norm := func(name string) {
		add(name+".weight", 768)
		add(name+".bias", 768)
	}
	add("bert.embeddings.word_embeddings.weight", 28996, 768)
	add("bert.embeddings.position_embeddings.weight", 512, 768)
	add("bert.embeddings.token_type_embeddings.weight", 2, 768)
	norm("bert.embeddings.LayerNorm")
	for i := range 12 {
		layer := fmt.Sprintf("bert.encoder.layer.%d.", i)
		for _, name := range []string{"query", "key", "value"} {
			dense(layer+"attention.self."+name, 768, 768)
		}
		dense(layer+"attention.output.dense", 768, 768)
		norm(layer + "attention.output.LayerNorm")
		dense(layer+"intermediate.dense", 3072, 768)
		dense(layer+"output.dense", 768, 3072)
		norm(layer + "output.LayerNorm")
	}
	dense("bert.pooler.dense", 768, 768)
	dense("classifier", 2, 768)

	a, err := New(Config{R: 8})
	loratest.Must(t, err)
	loratest.Must(t, a.Inject(store, modules, 1))
	r, err := a.Report()
	loratest.Must(t, err)
	if want := "trainable params: 296,450 || all params: 108,608,260 || trainable%: 0.2730"; r.String() != want {
		t.Errorf("got  %s\nwant %s", r, want)
	}
	if len(r.Modules) != 25 || r.Modules[0].Parameters != 8*(768+768) || r.Modules[24] != (ModuleReport{Module: "classifier", Parameters: 1538, Bytes: 4 * 1538}) {
		t.Errorf("modules: %v", r.Modules)
	}
}

func TestMergedEqualsUnmerged(t *testing.T) {
	for _, c := range []Config{everything, {R: 2, RSLoRA: true}, {R: 1, Alpha: 0.5, TargetRegexp: `encoder\.layer\.0\..*`}} {
		a, store := injected(t, c)
		disturb(t, a, store)
		adapted := a.Wrap(loratest.Linear)
		before := loratest.Snapshot(t, store)
		want := loratest.Outputs(t, store, adapted, loratest.Input(t))
		if slices.Equal(want, loratest.Outputs(t, store, loratest.Linear, loratest.Input(t))) {
			t.Fatal("the adapter does nothing")
		}
		loratest.Must(t, a.Merge())
		loratest.Near(t, "merged", loratest.Outputs(t, store, loratest.Linear, loratest.Input(t)), want, 1e-6)
		loratest.Near(t, "merged, still wrapped", loratest.Outputs(t, store, adapted, loratest.Input(t)), want, 1e-6)
		if err := a.Merge(); err != ErrMerged {
			t.Errorf("merged twice: %v", err)
		}
		loratest.Must(t, a.Unmerge())
		if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
			t.Errorf("unmerged: %s", diff)
		}
		if err := a.Unmerge(); err != ErrNotMerged {
			t.Errorf("unmerged twice: %v", err)
		}
	}
}

func TestUnmergeRefusesToLoseChanges(t *testing.T) {
	for _, name := range []string{"/encoder/layer/1/query/weight", "/encoder/layer/1/query/lora_B/weight"} {
		a, store := injected(t, everything)
		disturb(t, a, store)
		loratest.Must(t, a.Merge())
		v := store.GetVariable(name)
		loratest.Must(t, v.SetValue(floats.Tensor(make([]float32, v.Shape().Size()), v.Shape())))
		values, err := floats.Read(v)
		loratest.Must(t, err)
		values[0] = 1
		loratest.Must(t, v.SetValue(floats.Tensor(values, v.Shape())))
		if err := a.Unmerge(); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error that names %s", err, name)
		}
	}
}

func TestMergeRefusesWhatIsNotFinite(t *testing.T) {
	a, store := injected(t, everything)
	disturb(t, a, store)
	v := store.GetVariable("/encoder/layer/1/output/dense/lora_A/weight")
	values, err := floats.Read(v)
	loratest.Must(t, err)
	values[4] = float32(math.Inf(1))
	loratest.Must(t, v.SetValue(floats.Tensor(values, v.Shape())))
	before := loratest.Snapshot(t, store)
	if err := a.Merge(); err == nil || !strings.Contains(err.Error(), "encoder.layer.1.output.dense.weight[0, 4]") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
		t.Error(diff)
	}
	if err := a.Unmerge(); err != ErrNotMerged {
		t.Errorf("got %v", err)
	}
}

// Weights of half precision are adapted in float32 and merged with one rounding.
func TestHalfPrecision(t *testing.T) {
	for _, dtype := range []dtypes.DType{dtypes.BFloat16, dtypes.Float16} {
		store := model.NewStore()
		W := floats.Tensor([]float32{1, 2, 3, 4, 5, 6}, shapes.Make(dtype, 2, 3))
		store.VariableWithValue("/m/weight", W)
		a, err := New(Config{R: 1, Alpha: 1, TargetModules: []string{"m"}, ModulesToSave: []string{}, TaskType: NoTask})
		loratest.Must(t, err)
		loratest.Must(t, a.Inject(store, []string{"m"}, 1))
		loratest.Must(t, store.GetVariable("/m/lora_A/weight").SetValue(tensors.FromValue([][]float32{{1, 0.5, 1.0 / 4096}})))
		loratest.Must(t, store.GetVariable("/m/lora_B/weight").SetValue(tensors.FromValue([][]float32{{1}, {-1}})))
		var kind dtypes.DType
		got := loratest.Run(t, store, false, func(scope *model.Scope, x *graph.Node) *graph.Node {
			y := a.Wrap(func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
				return graph.ZerosLike(graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, 2)))
			})(scope.At("m"), graph.ConvertDType(x, dtype), 2)
			kind = y.DType()
			return graph.ConvertDType(y, dtypes.Float32)
		}, tensors.FromValue([][]float32{{1, 1, 0}}))
		if kind != dtype || !slices.Equal(got, []float32{1.5, -1.5}) {
			t.Errorf("%s: got %v of %s", dtype, got, kind)
		}
		loratest.Must(t, a.Merge())
		merged, err := floats.Read(store.GetVariable("/m/weight"))
		loratest.Must(t, err)
		if want := []float32{2, 2.5, 3, 3, 4.5, 6}; dtype == dtypes.BFloat16 && !slices.Equal(merged, want) {
			t.Errorf("%s: merged %v, want %v", dtype, merged, want)
		}
		loratest.Must(t, a.Unmerge())
		back, err := floats.Read(store.GetVariable("/m/weight"))
		loratest.Must(t, err)
		if !slices.Equal(back, []float32{1, 2, 3, 4, 5, 6}) {
			t.Errorf("%s: unmerged %v", dtype, back)
		}
	}
}

// Dropout acts on the adapter alone, in training alone, keeps the mean, and
// repeats with the store's random state.
func TestDropout(t *testing.T) {
	const in = 20000
	store := model.NewStore()
	store.VariableWithValue("/m/weight", tensors.FromShape(shapes.Make(dtypes.Float32, 1, in)))
	a, err := New(Config{R: 1, Alpha: 1, Dropout: 0.25, TargetModules: []string{"m"}, ModulesToSave: []string{}, TaskType: NoTask})
	loratest.Must(t, err)
	loratest.Must(t, a.Inject(store, []string{"m"}, 1))
	loratest.Must(t, store.GetVariable("/m/lora_A/weight").SetValue(floats.Tensor(slices.Repeat([]float32{1.0 / in}, in), shapes.Make(dtypes.Float32, 1, in))))
	loratest.Must(t, store.GetVariable("/m/lora_B/weight").SetValue(tensors.FromValue([][]float32{{1}})))
	adapted := func(scope *model.Scope, x *graph.Node) *graph.Node {
		return a.Wrap(func(_ *model.Scope, x *graph.Node, _ int) *graph.Node {
			return graph.ZerosLike(graph.Slice(x, graph.AxisRange(), graph.AxisElem(0)))
		})(scope.At("m"), x, 1)
	}
	x := floats.Tensor(slices.Repeat([]float32{1}, in), shapes.Make(dtypes.Float32, 1, in))
	seeded := func(seed int64, training bool) float32 {
		loratest.Must(t, store.SetRNGStateFromSeed(seed))
		return loratest.Run(t, store, training, adapted, x)[0]
	}
	whole := seeded(1, false)
	if math.Abs(float64(whole)-1) > 1e-3 { // the sum of in float32s
		t.Errorf("not training: %g, want 1", whole)
	}
	first, second := seeded(1, true), seeded(2, true)
	// The mean of in inputs, a share of 0.75 kept: standard deviation √(0.25/0.75/in) = 0.004.
	for _, got := range []float32{first, second} {
		if math.Abs(float64(got)-1) > 0.02 || got == whole {
			t.Errorf("training: %g, want about 1", got)
		}
	}
	if first == second || first != seeded(1, true) {
		t.Error("the random state does not decide what is dropped")
	}
}

// A graph built from a clone of the store uses the clone's matrices.
func TestCloneOfTheStore(t *testing.T) {
	a, store := injected(t, everything)
	disturb(t, a, store)
	want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
	clone, err := store.Clone()
	loratest.Must(t, err)
	disturb(t, a, store)
	v := store.GetVariable("/encoder/layer/0/query/lora_A/weight")
	loratest.Must(t, v.SetValue(floats.Tensor(make([]float32, v.Shape().Size()), v.Shape())))
	if got := loratest.Outputs(t, clone, a.Wrap(loratest.Linear), loratest.Input(t)); !slices.Equal(got, want) {
		t.Error("the clone computes something else")
	}
}

func TestWrapPanics(t *testing.T) {
	a, err := New(Config{R: 2})
	loratest.Must(t, err)
	build := func(store *model.Store) error {
		return exceptions.TryCatch[error](func() {
			g := graph.NewGraph(loratest.Backend(), "panics")
			x := graph.Parameter(g, "x", shapes.Make(dtypes.Float32, 1, 1, loratest.Width))
			loratest.Build(store.RootScope(), x, a.Wrap(loratest.Linear))
		})
	}
	if err := build(loratest.Store(t)); err != ErrNotInjected {
		t.Errorf("not injected: %v", err)
	}
	loratest.Must(t, a.Inject(loratest.Store(t), loratest.Modules(), 1))
	if err := build(loratest.Store(t)); err == nil || !strings.Contains(err.Error(), "/encoder/layer/0/query/lora_A/weight") {
		t.Errorf("another store: %v", err)
	}
}
