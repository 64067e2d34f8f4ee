package adapters

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora"
)

// refuses fails the test unless the error has the type E and contains all words.
func refuses[E error](t *testing.T, err error, words ...string) {
	t.Helper()
	var as E
	if !errors.As(err, &as) {
		t.Fatalf("got %v (%T), want a %T", err, err, as)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

// What cannot be is refused by an error that names it, and leaves everything as it was.
func TestSeveralRefuses(t *testing.T) {
	s, store := several(t, "plain", 2)
	x := loratest.Input(t)
	loratest.Must(t, s.SetAdapter("second"))
	p := compiled(t, s, store)
	before, outputs, names := loratest.Snapshot(t, store), p.active(t, x), s.Names()
	own := []string{} // modules to save: none

	refuses[*NameError](t, s.SetAdapter("forth"), `"forth"`, "default, second, third, wide")
	refuses[*NameError](t, s.Delete("forth"), "the set has default")
	refuses[*NameError](t, s.Delete(Base), "without an adapter")
	refuses[*NameError](t, s.Save(t.TempDir(), "second", "forth"), `"forth"`)
	_, err := s.Rows([]string{"second", "forth"})
	refuses[*NameError](t, err, `"forth"`)
	refuses[*NameError](t, s.Add("second", lora.Config{}, 1), "in the set already")
	for _, name := range []string{"", ".", "..", "a/b", `a\b`, Base} {
		refuses[*NameError](t, s.Add(name, lora.Config{}, 1))
	}

	refuses[*CapacityError](t, s.Add("new", lora.Config{R: 5, TargetModules: []string{"key"}, ModulesToSave: own, TaskType: lora.NoTask}, 1), `"new"`, "r 5", "up to 2", "configuration")
	refuses[*CapacityError](t, s.Add("new", lora.Config{R: 1, TargetModules: []string{"classifier"}, ModulesToSave: own, TaskType: lora.NoTask}, 1), "target_modules classifier")
	refuses[*CapacityError](t, s.Add("new", lora.Config{R: 1, DoRA: true, ModulesToSave: own, TaskType: lora.NoTask}, 1), `"new"`, "use_dora")
	refuses[*CapacityError](t, s.Add("new", lora.Config{R: 1, LoRABias: true, ModulesToSave: own, TaskType: lora.NoTask}, 1), "lora_bias")
	refuses[*CapacityError](t, s.Add("new", lora.Config{R: 1, Bias: lora.BiasLoRAOnly, ModulesToSave: own, TaskType: lora.NoTask}, 1), "bias lora_only")
	refuses[*CapacityError](t, s.Add("new", lora.Config{R: 1}, 1), "modules_to_save classifier")
	refuses[*lora.ConfigError](t, s.Add("new", lora.Config{R: -1}, 1), "expected a rank")
	refuses[*lora.TargetError](t, s.Add("new", lora.Config{R: 1, TargetModules: []string{"queries"}}, 1), "queries")

	// An adapter of another base.
	other := t.TempDir()
	loratest.Must(t, os.CopyFS(other, os.DirFS(loratest.Testdata+"/plain")))
	strange, err := os.ReadFile(loratest.Testdata + "/several/plain/wide/" + lora.TensorsFile)
	loratest.Must(t, err)
	loratest.Must(t, os.WriteFile(filepath.Join(other, lora.TensorsFile), strange, 0o644))
	refuses[*lora.TensorsError](t, s.Open("new", other), `"new"`, "does not fit the model")
	if err := s.Open("new", t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty folder gave %v", err)
	}
	if _, err := Dirs(t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder without adapters gave %v", err)
	}

	two, w := []string{"default", "third"}, []float64{1, 1}
	refuses[*NameError](t, s.AddWeightedAdapter("second", two, w, Weighted{}), "in the set already")
	refuses[*NameError](t, s.AddWeightedAdapter("new", []string{"default", "forth"}, w, Weighted{}), `"forth"`)
	refuses[*NameError](t, s.AddWeightedAdapter("new", []string{"default", Base}, w, Weighted{}), Base)
	for field, err := range map[string]error{
		"weights [1]":                 s.AddWeightedAdapter("new", two, w[:1], Weighted{}),
		"weights []":                  s.AddWeightedAdapter("new", nil, nil, Weighted{}),
		"weights 1e+39":               s.AddWeightedAdapter("new", two, []float64{1, 1e39}, Weighted{CombinationType: CombineCat}),
		"weights 1e+300":              s.AddWeightedAdapter("new", two, []float64{1, 1e300}, Weighted{}),
		"weights NaN":                 s.AddWeightedAdapter("new", two, []float64{1, math.NaN()}, Weighted{}),
		"combination_type sum":        s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: "sum"}),
		"density 0":                   s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineTIES}),
		"density 1.5":                 s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineDARELinearSVD, Density: 1.5}),
		"density -0.5":                s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineMagnitudePrune, Density: -0.5}),
		"density NaN":                 s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineTIES, Density: math.NaN()}),
		"density 0.5":                 s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineCat, Density: 0.5}),
		"svd_rank 7":                  s.AddWeightedAdapter("new", two, w, Weighted{SVDRank: 7}),
		"svd_rank -1":                 s.AddWeightedAdapter("new", two, w, Weighted{SVDRank: -1}),
		"svd_rank 2":                  s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineCat, SVDRank: 2}),
		"majority_sign_method first":  s.AddWeightedAdapter("new", two, w, Weighted{CombinationType: CombineTIES, Density: 0.5, MajoritySignMethod: "first"}),
		"majority_sign_method total":  s.AddWeightedAdapter("new", two, w, Weighted{MajoritySignMethod: MajorityTotal}),
		"r 3: adapter wide has it on": s.AddWeightedAdapter("new", []string{"default", "wide"}, w, Weighted{CombinationType: CombineLinear}),
	} {
		refuses[*lora.ConfigError](t, err, field)
	}
	refuses[*CapacityError](t, s.AddWeightedAdapter("new", two, w, Weighted{SVDRank: 6}), "r 6")

	refuses[*lora.ConfigError](t, s.Add("new", lora.Config{Init: "pissa", R: 1, ModulesToSave: own, TaskType: lora.NoTask}, 1), "init_lora_weights", "the other adapters share")
	refuses[*CapacityError](t, s.Add("new", lora.Config{PeftType: lora.SHiRA, R: 1, ModulesToSave: own, TaskType: lora.NoTask}, 1), "peft_type SHIRA")
	_, err = New(loratest.Store(t), loratest.Modules(), 1, lora.Config{PeftType: lora.SHiRA, R: 1})
	refuses[*lora.ConfigError](t, err, "peft_type SHIRA")

	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
		t.Errorf("something has changed: %s", diff)
	}
	if diff := cmp.Diff(names, s.Names()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(outputs, p.active(t, x)); diff != "" {
		t.Error(diff)
	}
	loratest.Must(t, s.Add("fifth", lora.Config{R: 1, ModulesToSave: own, TaskType: lora.NoTask}, 1))
	loratest.Must(t, s.Add("sixth", lora.Config{R: 2, ModulesToSave: own, TaskType: lora.NoTask}, 1))
	refuses[*CapacityError](t, s.Add("seventh", lora.Config{R: 1, ModulesToSave: own, TaskType: lora.NoTask}, 1), "slots 6", "delete an adapter")
}

// Adapters that have more than a product are not combined, and say which they are.
func TestWeightedRefusesKinds(t *testing.T) {
	dirs := map[string]string{"plain": loratest.Testdata + "/plain", "dora": loratest.Testdata + "/dora", "biases": loratest.Testdata + "/biases"}
	s, err := Open(dirs, loratest.Store(t), loratest.Modules(), 1)
	loratest.Must(t, err)
	refuses[*lora.ConfigError](t, s.AddWeightedAdapter("new", []string{"plain", "dora"}, []float64{1, 1}, Weighted{}), "use_dora", "adapter dora")
	refuses[*lora.ConfigError](t, s.AddWeightedAdapter("new", []string{"biases"}, []float64{1}, Weighted{}), "lora_bias", "adapter biases")
}

// Models and configurations that cannot hold several adapters.
func TestNoRoomAtAll(t *testing.T) {
	store := loratest.Store(t)
	before := loratest.Snapshot(t, store)
	if _, err := New(store, loratest.Modules(), 0); err == nil {
		t.Error("no slots were accepted")
	}
	_, err := New(store, loratest.Modules(), 1, lora.Config{}, lora.Config{TargetModules: []string{"classifier"}, ModulesToSave: []string{}, TaskType: lora.NoTask})
	refuses[*lora.ConfigError](t, err, "modules_to_save classifier")
	_, err = New(store, loratest.Modules()[:8], 1, lora.Config{})
	refuses[*lora.ConfigError](t, err, "modules_to_save classifier", "dense projections")
	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
		t.Error(diff)
	}
	_, err = New(store, loratest.Modules(), 1)
	loratest.Must(t, err)
	if _, err := New(store, loratest.Modules(), 1); err == nil {
		t.Error("two sets were accepted")
	}
	_, store = opened(t, "plain")
	if _, err := New(store, loratest.Modules(), 1); err == nil || !strings.Contains(err.Error(), "an adapter already") {
		t.Errorf("a model with an adapter gave %v", err)
	}
}

// A batch of another size than the slots panics as graph code does, and says so.
func TestRowsOfAnotherBatch(t *testing.T) {
	s, store := several(t, "plain", 0)
	exec, err := model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x, rows *graph.Node) *graph.Node {
		return loratest.Build(scope, x, s.WrapRows(loratest.Linear, rows))
	})
	loratest.Must(t, err)
	if _, err := exec.Call1(loratest.Input(t), tensors.FromFlatDataAndDimensions([]int32{1, 2}, 2)); err == nil || !strings.Contains(err.Error(), "2 rows") {
		t.Errorf("got %v", err)
	}
}

// An initialization that changes the base's weights would change the other adapters: it is refused,
// and the base has its bits.
func TestInitializationThatChangesTheBase(t *testing.T) {
	s, store := several(t, "plain", 1)
	before := loratest.Snapshot(t, store)
	a, err := lora.New(lora.Config{R: 1, ModulesToSave: []string{}, TaskType: lora.NoTask})
	loratest.Must(t, err)
	own, err := s.ownStore(a.Config(), nil)
	loratest.Must(t, err)
	loratest.Must(t, s.copyWeights(a.Config(), own))
	loratest.Must(t, a.Inject(own, s.modules, 1))
	weight := own.GetVariable("/encoder/layer/0/query/weight")
	loratest.Must(t, weight.SetValue(tensors.FromShape(weight.Shape())))
	refuses[*lora.ConfigError](t, s.shareWeights(a), "init_lora_weights")
	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
		t.Error(diff)
	}
}
