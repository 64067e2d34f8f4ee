package lora

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
)

var square = []string{"query", "value", "dense"}

// residualCases are STARTS of testdata/make_starts.py.
var residualCases = map[string]Config{
	"pissa":          {R: 2, Alpha: 3, TargetModules: append(slices.Clone(square), "classifier"), Init: InitPiSSA},
	"pissa-dora":     {R: 3, Alpha: 5, TargetModules: square, DoRA: true, Init: InitPiSSA},
	"pissa-rslora":   {R: 2, Alpha: 3, TargetModules: square, RSLoRA: true, Init: InitPiSSA},
	"olora":          {R: 2, Alpha: 3, TargetModules: append(slices.Clone(square), "classifier"), Init: InitOLoRA},
	"olora-patterns": {R: 2, Alpha: 3, TargetModules: square, RankPattern: Patterns[int]{{"value", 4}}, AlphaPattern: Patterns[float64]{{"layer.1.query", 7}}, Init: InitOLoRA},
}

func startsFile(t *testing.T, name string) map[string]*tensors.Tensor {
	t.Helper()
	return loratest.Read(t, filepath.Join("testdata", "starts", name+".safetensors"))
}

func flat(t *tensors.Tensor) []float32 { return tensors.MustCopyFlatData[float32](t) }

// gradients are those of the fixtures' loss in what learns, by the keys of PEFT's files.
func gradients(t *testing.T, store *model.Store, d loratest.Dense) map[string][]float32 {
	t.Helper()
	var paths []string
	exec, err := model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x, c *graph.Node) []*graph.Node {
		loss := graph.ReduceAllSum(graph.Mul(c, graph.Square(loratest.Build(scope, x, d))))
		for v := range store.IterVariables() {
			if v.Trainable && v.InUseByGraph(x.Graph()) {
				paths = append(paths, v.Path())
			}
		}
		return scope.BuildTrainableVariablesGradientsGraph(loss)
	})
	loratest.Must(t, err)
	plain := loratest.Read(t, "testdata/plain/expected.safetensors")
	values, err := exec.Call(plain["x"], plain["c"])
	loratest.Must(t, err)
	all := map[string][]float32{}
	for i, path := range paths {
		all[peftPrefix+dotted.Name(path)] = flat(values[i])
	}
	return all
}

// A fresh adapter with PiSSA or OLoRA is PEFT's: its matrices, the weights beside them,
// its outputs, its gradients, singular vectors turned as PEFT has them.
func TestResidualInitializationsAreThoseOfPEFT(t *testing.T) {
	for name, c := range residualCases {
		t.Run(name, func(t *testing.T) {
			want := startsFile(t, name)
			c.TaskType, c.ModulesToSave = NoTask, []string{}
			a, store := injected(t, c)
			loratest.Near(t, "outputs", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), flat(want["outputs"]), 1e-5)
			got := gradients(t, store, a.Wrap(loratest.Linear))
			seen := 0
			for _, target := range a.layout.Targets {
				A, B := a.initial[target.Scope].A, a.initial[target.Scope].B
				signs := make([]float32, target.R)
				for k := range signs {
					dot := 0.0
					theirs := flat(want[keyA(target)])
					for i := range target.In {
						dot += float64(A[k*target.In+i]) * float64(theirs[k*target.In+i])
					}
					signs[k] = float32(math.Copysign(1, dot))
				}
				rows := func(m []float32) []float32 {
					m = slices.Clone(m)
					for i := range m {
						m[i] *= signs[i/target.In]
					}
					return m
				}
				columns := func(m []float32) []float32 {
					m = slices.Clone(m)
					for i := range m {
						m[i] *= signs[i%target.R]
					}
					return m
				}
				loratest.Near(t, target.Name+" A", rows(A), flat(want[keyA(target)]), 1e-4)
				loratest.Near(t, target.Name+" B", columns(B), flat(want[keyB(target)]), 1e-4)
				weight, err := floats.Read(store.GetVariable(target.PathWeight()))
				loratest.Must(t, err)
				loratest.Near(t, target.Name+" weight", weight, flat(want[peftPrefix+target.Name+".base_layer.weight"]), 1e-4)
				loratest.Near(t, target.Name+" gradient of A", rows(got[keyA(target)]), flat(want["grad."+keyA(target)]), 1e-4)
				loratest.Near(t, target.Name+" gradient of B", columns(got[keyB(target)]), flat(want["grad."+keyB(target)]), 1e-4)
				seen += 2
				if target.DoRA {
					loratest.Near(t, target.Name+" magnitude", flat(store.GetVariable(target.PathMagnitude()).MustValue()), flat(want[keyMagnitude(target)]), 1e-5)
					loratest.Near(t, target.Name+" gradient of the magnitude", got[keyMagnitude(target)], flat(want["grad."+keyMagnitude(target)]), 1e-4)
					seen++
				}
			}
			for key := range want {
				if strings.HasPrefix(key, "grad.") {
					seen--
				}
			}
			if seen != 0 || len(got) == 0 {
				t.Errorf("%d tensors more learn than in PEFT", seen)
			}
		})
	}
}

// What PEFT converted to LoRA on the base model computes here what PEFT's model did
// that had moved a part of its weights into the matrices; and ours, trained to the same matrices, saves as much.
func TestConvertedByPEFT(t *testing.T) {
	for _, name := range []string{"pissa", "pissa-rslora", "pissa-niter", "olora", "olora-patterns"} {
		t.Run(name, func(t *testing.T) {
			want := startsFile(t, name)
			store := loratest.Store(t)
			a, err := Open(filepath.Join("testdata", "starts", name), store, loratest.Modules())
			loratest.Must(t, err)
			loratest.Near(t, "outputs", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), flat(want["trained"]), 1e-5)
			c, ok := residualCases[name]
			if !ok {
				return
			}
			c.TaskType, c.ModulesToSave = NoTask, []string{}
			ours, _ := injected(t, c)
			for _, target := range a.layout.Targets {
				if mine := ours.targets[target.Scope]; 2*mine.R != target.R || math.Abs(mine.Scaling-target.Scaling) > 1e-12 {
					t.Errorf("%s: rank %d and scaling %v, PEFT's converted one has %d and %v", target.Name, mine.R, mine.Scaling, target.R, target.Scaling)
				}
			}
			if w := ours.savedConfig(); w.R != a.config.R || w.Alpha != a.config.Alpha || fmt.Sprint(w.RankPattern, w.AlphaPattern) != fmt.Sprint(a.config.RankPattern, a.config.AlphaPattern) {
				t.Errorf("ours would be written with %d, %v, %v, %v, PEFT's has %d, %v, %v, %v", w.R, w.Alpha, w.RankPattern, w.AlphaPattern, a.config.R, a.config.Alpha, a.config.RankPattern, a.config.AlphaPattern)
			}
		})
	}
}
