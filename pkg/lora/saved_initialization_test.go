package lora

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// fresh puts a fresh adapter on the network, EVA's from the fixture's batch.
func fresh(t testing.TB, c Config, seed int64) (*Adapter, *model.Store) {
	t.Helper()
	if c.Init == InitEVA {
		want := loratest.Read(t, "testdata/starts/eva-drops.safetensors")
		a, store, s, feed := gathering(t, c)
		loratest.Must(t, feed(want["x"], want["mask"]))
		loratest.Must(t, s.Inject())
		return a, store
	}
	c.TaskType, c.ModulesToSave = NoTask, []string{}
	store := loratest.Store(t)
	a, err := New(c)
	loratest.Must(t, err)
	loratest.Must(t, a.Inject(store, loratest.Modules(), seed))
	return a, store
}

// computed are configurations of every initialization that takes more than a seed.
var computed = map[string]Config{
	"pissa":        {R: 2, Alpha: 3, TargetModules: square, Init: InitPiSSA},
	"pissa rslora": {R: 3, Alpha: 3, RSLoRA: true, TargetModules: square, RankPattern: Patterns[int]{{"value", 2}}, AlphaPattern: Patterns[float64]{{"dense", 5}}, Init: InitPiSSA},
	"pissa niter":  {R: 2, Alpha: 3, TargetModules: square, Init: "pissa_niter_4"},
	"pissa dora":   {R: 2, Alpha: 3, DoRA: true, Bias: BiasLoRAOnly, TargetModules: square, Init: InitPiSSA},
	"olora":        {Fraction: 0.6, Alpha: 3, TargetModules: append([]string{"classifier"}, square...), Init: InitOLoRA},
	"eva":          {R: 1, Alpha: 3, RSLoRA: true, TargetModules: square, Init: InitEVA, EVA: &EVAConfig{Rho: 3}},
}

// A saved initialization makes the same adapter again, whatever was learned since, and
// what it saved then is loaded into it to the bit.
func TestInitializationAgain(t *testing.T) {
	for name, c := range computed {
		t.Run(name, func(t *testing.T) {
			a, store := fresh(t, c, 7)
			began := loratest.Snapshot(t, store)
			disturb(t, a, store)
			learned := loratest.Snapshot(t, store)
			path, dir := filepath.Join(t.TempDir(), "initialization.safetensors"), t.TempDir()
			loratest.Must(t, a.SaveInitialization(path))
			loratest.Must(t, a.Save(dir))

			other := loratest.Store(t)
			b, err := New(a.Config())
			loratest.Must(t, err)
			loratest.Must(t, b.InjectInitialization(path, other, loratest.Modules()))
			if diff := cmp.Diff(began, loratest.Snapshot(t, other)); diff != "" {
				t.Errorf("not as it began: %s", diff)
			}
			loratest.Must(t, b.Load(dir))
			if diff := cmp.Diff(learned, loratest.Snapshot(t, other)); diff != "" {
				t.Errorf("not as it was saved: %s", diff)
			}
			if err := b.InjectInitialization(path, loratest.Store(t), loratest.Modules()); err != ErrInjected {
				t.Errorf("injected twice: %v", err)
			}
		})
	}
}

// What is saved is LoRA on the base model, opened there, while merged as well, and
// by PEFT.
func TestInitializedAreSavedAsLoRA(t *testing.T) {
	for name, c := range computed {
		t.Run(name, func(t *testing.T) {
			a, store := fresh(t, c, 7)
			disturb(t, a, store)
			want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
			dir := t.TempDir()
			loratest.Must(t, a.Merge())
			loratest.Near(t, "merged", loratest.Outputs(t, store, loratest.Linear, loratest.Input(t)), want, 1e-5)
			loratest.Must(t, a.Save(filepath.Join(dir, "adapter")))
			loratest.Must(t, a.Unmerge())
			other := loratest.Store(t)
			b, err := Open(filepath.Join(dir, "adapter"), other, loratest.Modules())
			loratest.Must(t, err)
			loratest.Near(t, "opened", loratest.Outputs(t, other, b.Wrap(loratest.Linear), loratest.Input(t)), want, 1e-5)
			if testenv.Get(t, "LORABOOK_PYTHON") == "" {
				return
			}
			loratest.Python(t, "outputs.py", filepath.Join(dir, "adapter"), filepath.Join(dir, "outputs.safetensors"))
			loratest.Near(t, "in PEFT", flat(loratest.Read(t, filepath.Join(dir, "outputs.safetensors"))["outputs"]), want, 1e-5)
		})
	}
}

// An adapter with other initial matrices does not load what was saved, and stays as it was.
func TestLoadOfAnotherInitialization(t *testing.T) {
	c := computed["pissa niter"]
	c.Init = "pissa_niter_0"
	a, _ := fresh(t, c, 7)
	dir := t.TempDir()
	loratest.Must(t, a.Save(dir))
	b, store := fresh(t, c, 8)
	before := loratest.Snapshot(t, store)
	var bad *initialization.Error
	if err := b.Load(dir); !errors.As(err, &bad) || bad.Module != "encoder.layer.0.query" {
		t.Errorf("got %v, want an initialization.Error of the first module", err)
	}
	if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
		t.Error(diff)
	}
}

func TestInjectInitializationRefuses(t *testing.T) {
	c := computed["pissa"]
	a, _ := fresh(t, c, 7)
	dir := t.TempDir()
	path := filepath.Join(dir, "initialization.safetensors")
	loratest.Must(t, a.SaveInitialization(path))
	opened, _ := opened(t, "plain")
	if err := opened.SaveInitialization(filepath.Join(dir, "other")); err == nil {
		t.Error("an adapter from a file has an initialization")
	}
	attempt := func(c Config, path string) error {
		t.Helper()
		c.TaskType, c.ModulesToSave = NoTask, []string{}
		store := loratest.Store(t)
		before := loratest.Snapshot(t, store)
		b, err := New(c)
		loratest.Must(t, err)
		err = b.InjectInitialization(path, store, loratest.Modules())
		if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" || b.Targets() != nil {
			t.Errorf("the model was changed: %s", diff)
		}
		return err
	}
	var setting *ConfigError
	other := c
	other.Init = InitOLoRA
	if err := attempt(other, path); !errors.As(err, &setting) || setting.Path != path || setting.Field != "init_lora_weights" {
		t.Errorf("with another initialization: %v", err)
	}
	var tensors *TensorsError
	other = c
	other.R = 3
	if err := attempt(other, path); !errors.As(err, &tensors) || len(tensors.Misshapen) != 12 {
		t.Errorf("of another rank: %v", err)
	}
	if err := attempt(c, filepath.Join(dir, "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	var format *safetensors.FormatError
	loratest.Must(t, os.WriteFile(path, []byte("{}"), 0o644))
	if err := attempt(c, path); !errors.As(err, &format) {
		t.Errorf("no safetensors: %v", err)
	}
}

// TestResidualOfHalfPrecision: what is left of a weight is rounded once, to its type.
func TestResidualOfHalfPrecision(t *testing.T) {
	for _, init := range []string{InitPiSSA, InitOLoRA} {
		store := model.NewStore()
		for v := range loratest.Store(t).IterVariables() {
			values, err := floats.Read(v)
			loratest.Must(t, err)
			shape := v.Shape().Clone()
			shape.DType = dtypes.BFloat16
			store.VariableWithValue(v.Path(), floats.Tensor(values, shape))
		}
		before, err := floats.Read(store.GetVariable("/encoder/layer/0/query/weight"))
		loratest.Must(t, err)
		a, err := New(Config{R: 2, Init: init})
		loratest.Must(t, err)
		loratest.Must(t, a.Inject(store, loratest.Modules(), 1))
		after, err := floats.Read(store.GetVariable("/encoder/layer/0/query/weight"))
		loratest.Must(t, err)
		target := a.targets["/encoder/layer/0/query"]
		moved := false
		for i, v := range target.Whole(after, a.initial[target.Scope].A, a.initial[target.Scope].B) {
			if math.Abs(v-float64(before[i])) > math.Abs(float64(after[i]))/256 {
				t.Errorf("%s: value %d was %v, weight and matrices make %v", init, i, before[i], v)
			}
			moved = moved || before[i] != after[i]
		}
		if !moved {
			t.Errorf("%s: the weight is what it was", init)
		}
	}
}
