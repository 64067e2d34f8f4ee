package bert

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
)

// TestLogitsFrom: cut after any number of layers, with the states handed over as numbers,
// the network gives the logits of the whole; in training too, without dropout.
func TestLogitsFrom(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	batch, m := readBatch(t, dir+"/inputs.safetensors"), loaded(t, dir, Classification)
	m.Config.HiddenDropout, m.Config.AttentionDropout = 0, 0
	layers := m.Config.NumHiddenLayers
	for _, training := range []bool{false, true} {
		all := run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
			root.Store().SetTraining(in.IDs.Graph(), training)
			out := []*graph.Node{e.Logits(root, in), e.FirstState(root, in)}
			for k := range layers + 1 {
				out = append(out, e.StatesAfter(root, in, k))
			}
			return out
		})
		check := func(what string, states *tensors.Tensor, k int) {
			t.Helper()
			near(t, fmt.Sprintf("%s, training %v", what, training), upper(t, m, states, batch[1], k, training), all[0], 1e-6)
		}
		for k := range layers + 1 {
			check(fmt.Sprintf("after %d layers", k), all[2+k], k)
		}
		check("the first token's state", all[1], layers)
	}
}

// upper runs LogitsFrom on states and the mask of a batch.
func upper(t *testing.T, m *Model, states, mask *tensors.Tensor, layers int, training bool) *tensors.Tensor {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(e.Backend, m.Store, func(root *model.Scope, states, mask *graph.Node) *graph.Node {
		root.Store().SetTraining(states.Graph(), training)
		return m.Encoder().LogitsFrom(root, states, graph.ConvertDType(mask, dtypes.Bool), layers)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call1(states, mask)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func near(t *testing.T, what string, got, want *tensors.Tensor, tolerance float64) {
	t.Helper()
	a, b := tensors.MustCopyFlatData[float32](got), tensors.MustCopyFlatData[float32](want)
	if len(a) != len(b) {
		t.Fatalf("%s: %s, expected %s", what, got.Shape(), want.Shape())
	}
	for i := range a {
		if d := math.Abs(float64(a[i]) - float64(b[i])); !(d <= tolerance) {
			t.Fatalf("%s: value %d is %v, expected %v", what, i, a[i], b[i])
		}
	}
}

// TestPartsAreDisjoint: a decorator of Dense sees each projection of the network in one
// part alone, those of the layers above in the upper.
func TestPartsAreDisjoint(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	batch, m := readBatch(t, dir+"/inputs.safetensors"), loaded(t, dir, Classification)
	var seen [2][]string
	run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		part := 0
		e.Dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
			seen[part] = append(seen[part], strings.TrimPrefix(scope.Scope(), "/"))
			return Linear(scope, x, out)
		}
		states := e.StatesAfter(root, in, 1)
		part = 1
		return []*graph.Node{e.LogitsFrom(root, states, in.Mask, 1)}
	})
	if got := append(seen[0], seen[1]...); !slices.Equal(got, m.DenseModules()) {
		t.Errorf("built %q, expected %q", got, m.DenseModules())
	}
	for part, layer := range []string{"bert/encoder/layer/0/", "bert/encoder/layer/1/"} {
		if n := slices.IndexFunc(seen[part], func(s string) bool { return strings.Contains(s, "/layer/") && !strings.HasPrefix(s, layer) }); n >= 0 {
			t.Errorf("part %d built %s", part, seen[part][n])
		}
	}
}

// TestNoSuchLayer: states after more layers than there are, or fewer than none, are refused.
func TestNoSuchLayer(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	batch, m := readBatch(t, dir+"/inputs.safetensors"), loaded(t, dir, Classification)
	run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		states := e.StatesAfter(root, in, 0)
		for _, k := range []int{-1, 3} {
			for name, build := range map[string]func(){
				"StatesAfter": func() { e.StatesAfter(root, in, k) },
				"LogitsFrom":  func() { e.LogitsFrom(root, states, in.Mask, k) },
			} {
				func() {
					defer func() {
						if text := fmt.Sprint(recover()); !strings.Contains(text, fmt.Sprint(k)) || !strings.Contains(text, "0 to 2") {
							t.Errorf("%s after %d layers: %s", name, k, text)
						}
					}()
					build()
				}()
			}
		}
		return []*graph.Node{states}
	})
}
