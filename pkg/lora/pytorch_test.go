package lora

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/loratest"
)

// cases are those of testdata/tiny.py, wordsCases its WORDS_CASES.
var (
	cases      = []string{"plain", "suffix", "rslora-regexp", "patterns", "layers", "biases", "dora", "bias-all", "all-linear", "shira", "shira-regexp"}
	wordsCases = []string{"embeddings", "embeddings-dora"}
)

// Adapters that PEFT saved give its outputs, and the gradients of all that learns
// are PyTorch's, whole tensors.
func TestOutputsAndGradientsOfPEFT(t *testing.T) {
	for _, name := range slices.Concat(cases, wordsCases) {
		t.Run(name, func(t *testing.T) {
			want := loratest.Read(t, filepath.Join("testdata", name, "expected.safetensors"))
			a, store := opened(t, name)
			network := wrapped(a)
			training := slices.Contains(wordsCases, name) // where dropout must not act
			loratest.Near(t, "outputs", loratest.Run(t, store, training, network, want["x"]), tensors.MustCopyFlatData[float32](want["outputs"]), 1e-5)

			var paths []string
			exec, err := model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x, c *graph.Node) []*graph.Node {
				y := network(scope, x)
				loss := graph.ReduceAllSum(graph.Mul(c, graph.Square(y)))
				for v := range store.IterVariables() {
					if v.Trainable && v.InUseByGraph(x.Graph()) {
						paths = append(paths, v.Path())
					}
				}
				return scope.BuildTrainableVariablesGradientsGraph(loss)
			})
			loratest.Must(t, err)
			gradients, err := exec.Call(want["x"], want["c"])
			loratest.Must(t, err)
			seen := 0
			for i, path := range paths {
				key := "grad." + peftPrefix + dotted.Name(path)
				if want[key] == nil {
					t.Errorf("%s is trainable, in PEFT it is not", path)
					continue
				}
				seen++
				loratest.Near(t, path, tensors.MustCopyFlatData[float32](gradients[i]), tensors.MustCopyFlatData[float32](want[key]), 1e-4)
			}
			if all := len(want) - len([]string{"x", "c", "outputs", "counts"}); seen != all {
				t.Errorf("%d variables are trainable, in PEFT %d", seen, all)
			}

			counts := tensors.MustCopyFlatData[int64](want["counts"])
			report, err := a.Report()
			loratest.Must(t, err)
			if report.Trainable != int(counts[0]) || report.All != int(counts[1]) {
				t.Errorf("counted %s, PEFT counts %v", report, counts)
			}
		})
	}
}

// What PEFT saved is written again as PEFT writes it: the weights to the byte, the
// settings field for field.
func TestSavesPEFTsFiles(t *testing.T) {
	for _, name := range slices.Concat(cases, wordsCases) {
		t.Run(name, func(t *testing.T) {
			a, _ := opened(t, name)
			dir := filepath.Join(t.TempDir(), "adapter")
			loratest.Must(t, a.Save(dir))
			for _, file := range []string{TensorsFile, ConfigFile} {
				got, err := os.ReadFile(filepath.Join(dir, file))
				loratest.Must(t, err)
				want, err := os.ReadFile(filepath.Join("testdata", name, file))
				loratest.Must(t, err)
				if file == ConfigFile {
					got, want = canonical(t, got), canonical(t, want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s differs:\n%s\n%s", file, got, want)
				}
			}
		})
	}
}

// canonical is JSON with its lists sorted, which PEFT keeps as sets.
func canonical(t *testing.T, text []byte) []byte {
	t.Helper()
	var fields map[string]any
	loratest.Must(t, json.Unmarshal(text, &fields))
	for _, name := range []string{"target_modules", "modules_to_save", "exclude_modules"} {
		if list, ok := fields[name].([]any); ok {
			slices.SortFunc(list, func(a, b any) int { return strings.Compare(a.(string), b.(string)) })
		}
	}
	out, err := json.Marshal(fields)
	loratest.Must(t, err)
	return out
}

// PEFT loads what was made and saved here, and computes the same.
func TestPEFTLoadsOurs(t *testing.T) {
	for name, c := range map[string]Config{
		"list":   {R: 4, Alpha: 6, TargetModules: []string{"query", "value"}, TaskType: NoTask, ModulesToSave: []string{"classifier"}},
		"rslora": {R: 2, Alpha: 3, RSLoRA: true, TargetRegexp: `.*(query|output\.dense)`, TaskType: NoTask, ModulesToSave: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			a, store := injected(t, c)
			disturb(t, a, store)
			dir := t.TempDir()
			loratest.Must(t, a.Save(filepath.Join(dir, "adapter")))
			loratest.Python(t, "outputs.py", filepath.Join(dir, "adapter"), filepath.Join(dir, "outputs.safetensors"))
			want := tensors.MustCopyFlatData[float32](loratest.Read(t, filepath.Join(dir, "outputs.safetensors"))["outputs"])
			loratest.Near(t, "outputs", loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t)), want, 1e-5)
		})
	}
}

// An adapter for sequence classification with BERT goes from PEFT to Go and back.
func TestBERTThereAndBack(t *testing.T) {
	dir := t.TempDir()
	loratest.Python(t, "bert.py", "make", dir)
	text, err := os.ReadFile(filepath.Join(dir, "shapes.json"))
	loratest.Must(t, err)
	var dims map[string][]int
	loratest.Must(t, json.Unmarshal(text, &dims))
	store := model.NewStore()
	var modules []string
	for name, dims := range dims {
		store.VariableWithValue(dotted.Path(name), tensors.FromShape(shapes.Make(dtypes.Float32, dims...)))
		if module, ok := strings.CutSuffix(name, ".weight"); ok && len(dims) == 2 && !strings.Contains(name, "embeddings") {
			modules = append(modules, dotted.Path(module))
		}
	}
	a, err := Open(filepath.Join(dir, "python"), store, modules)
	loratest.Must(t, err)
	if n := len(a.Targets()); n != 24 {
		t.Errorf("%d modules are adapted, want 24", n)
	}
	report, err := a.Report()
	loratest.Must(t, err)
	counts, err := os.ReadFile(filepath.Join(dir, "counts.txt"))
	loratest.Must(t, err)
	if got := fmt.Sprint(report.Trainable, report.All); got != string(counts) {
		t.Errorf("counted %s, PEFT counts %s", got, counts)
	}
	loratest.Must(t, a.Save(filepath.Join(dir, "go")))
	if out := loratest.Python(t, "bert.py", "check", dir); !strings.Contains(out, "same") {
		t.Error(out)
	}
}
