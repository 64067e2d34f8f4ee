package lora

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
)

// evaCases are EVA of testdata/make_starts.py.
func evaCases() map[string]Config {
	no := false
	return map[string]Config{
		"eva": {R: 2, Alpha: 3, TargetModules: square},
		"eva-whiten": {
			R: 2, Alpha: 3, RSLoRA: true, TargetModules: []string{"value", "dense"}, RankPattern: Patterns[int]{{"dense", 3}}, AlphaPattern: Patterns[float64]{{"value", 5}},
			EVA: &EVAConfig{Rho: 1.5, Whiten: true, AdjustScalingFactors: &no},
		},
		"eva-fixed": {R: 3, Alpha: 3, TargetModules: square, EVA: &EVAConfig{Rho: 1}},
		"eva-drops": {R: 1, Alpha: 3, TargetModules: square, EVA: &EVAConfig{Rho: 3}},
		"eva-dora":  {R: 2, Alpha: 3, RSLoRA: true, DoRA: true, TargetModules: append(slices.Clone(square), "key"), EVA: &EVAConfig{Rho: 2.5}},
	}
}

// gathering is an adapter for EVA, and what feeds it batches x [n, 5, width] with a
// mask [n, 5] of zeros and ones.
func gathering(t testing.TB, c Config) (a *Adapter, store *model.Store, s *Activations, feed func(x, mask *tensors.Tensor) error) {
	t.Helper()
	c.Init, c.TaskType, c.ModulesToSave = InitEVA, NoTask, []string{}
	store = loratest.Store(t)
	a, err := New(c)
	loratest.Must(t, err)
	s, err = a.Activations(store, loratest.Modules())
	loratest.Must(t, err)
	exec, err := model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x, mask *graph.Node) []*graph.Node {
		loratest.Build(scope, x, s.Wrap(loratest.Linear))
		return s.Sums(graph.ConvertDType(mask, dtypes.Bool))
	})
	loratest.Must(t, err)
	return a, store, s, func(x, mask *tensors.Tensor) error {
		sums, err := exec.Call(x, mask)
		loratest.Must(t, err)
		return s.Add(sums)
	}
}

// EVA's ranks, alphas, targets and matrices are those of PEFT's
// initialize_lora_eva_weights, and so are outputs, gradients and the files.
func TestEVAIsPEFTs(t *testing.T) {
	for name, c := range evaCases() {
		t.Run(name, func(t *testing.T) {
			want := startsFile(t, name)
			a, store, s, feed := gathering(t, c)
			for range tensors.MustCopyFlatData[int64](want["runs"])[0] {
				loratest.Must(t, feed(want["x"], want["mask"]))
			}
			loratest.Must(t, s.Inject())
			folder := filepath.Join("testdata", "starts", name)
			other := loratest.Store(t)
			theirs, err := Open(folder, other, loratest.Modules())
			loratest.Must(t, err)
			if name == "eva-drops" && len(a.Targets()) == 6 {
				t.Error("no module was left out")
			}
			if !slices.Equal(a.Targets(), theirs.Targets()) {
				t.Fatalf("adapted %v, in PEFT %v", a.Targets(), theirs.Targets())
			}
			for _, target := range a.layout.Targets {
				if their := theirs.targets[target.Scope]; target.R != their.R || target.Scaling != their.Scaling {
					t.Fatalf("%s: rank %d and scaling %v, in PEFT %d and %v", target.Name, target.R, target.Scaling, their.R, their.Scaling)
				}
				A, err := floats.Read(store.GetVariable(target.PathA()))
				loratest.Must(t, err)
				wanted, err := floats.Read(other.GetVariable(target.PathA()))
				loratest.Must(t, err)
				loratest.Near(t, target.Name+" A", A, wanted, 1e-4)
			}
			loratest.Near(t, "outputs", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), flat(want["outputs"]), 1e-5)
			for key, value := range gradients(t, store, a.Wrap(loratest.Linear)) {
				if strings.Contains(key, "lora_A") { // of A it is zero, while B is
					if slices.ContainsFunc(value, func(v float32) bool { return v != 0 }) {
						t.Errorf("gradient of %s: %v, expected zero", key, value)
					}
					continue
				}
				loratest.Near(t, "gradient of "+key, value, flat(want["grad."+key]), 1e-4)
			}

			// Saved, it is what PEFT saved, field for field but for how it names layers.
			dir := t.TempDir()
			loratest.Must(t, a.Save(dir))
			again, err := ReadConfig(dir)
			loratest.Must(t, err)
			saved, err := ReadConfig(folder)
			loratest.Must(t, err)
			if again.R != saved.R || again.Alpha != saved.Alpha || !slices.Equal(again.TargetModules, sorted(saved.TargetModules)) {
				t.Errorf("saved %+v, PEFT %+v", again, saved)
			}
		})
	}
}

func sorted(names []string) []string { return slices.Sorted(slices.Values(names)) }
