package pretrain

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
)

// transformersOf runs testdata/reference.py on a batch.
func transformersOf(t *testing.T, modelDir string, p Pretraining, b maskedBatch, more ...safetensors.Named) *safetensors.File {
	t.Helper()
	tmp := t.TempDir()
	in, out := filepath.Join(tmp, "in.safetensors"), filepath.Join(tmp, "out.safetensors")
	named := more
	for name, part := range map[string]struct {
		values []int32
		shape  []int
	}{
		"ids": {b.ids, []int{b.rows, b.length}}, "lengths": {b.lengths, []int{b.rows}},
		"positions": {b.positions, []int{b.rows, b.places}}, "labels": {b.labels, []int{b.rows, b.places}},
	} {
		long := make([]int64, len(part.values))
		for i, v := range part.values {
			long[i] = int64(v)
		}
		n, err := safetensors.FromTensor(name, tensors.FromFlatDataAndDimensions(long, part.shape...))
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	floats := map[string]*tensors.Tensor{}
	if p.Bag > 0 {
		floats["bags"] = tensors.FromFlatDataAndDimensions(b.bags, b.rows, len(b.bags)/b.rows)
	}
	teacher := 0.0
	if p.Teacher != nil {
		teacher = p.Teacher.Weight
		extra := b.tensors().Extra
		floats["words"], floats["rows"] = extra[teacherWordsTensor], extra[teacherRowsTensor]
	}
	for name, tensor := range floats {
		n, err := safetensors.FromTensor(name, tensor)
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	if err := safetensors.Write(in, named, nil); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), "testdata/reference.py", modelDir, fmt.Sprint(p.Contrast), fmt.Sprint(p.Bag), fmt.Sprint(teacher), in, out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("reference.py: %v\n%s", err, text)
	}
	f, err := safetensors.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// TestPretrainingAgainstTransformers compares one batch's losses, and its gradients of every
// tensor, with PyTorch's. The batches have paired rows of several lengths, unused places, and
// padding rows if rows are not paired.
func TestPretrainingAgainstTransformers(t *testing.T) {
	testenv.Need(t, "LORABOOK_PYTHON")
	for name, c := range map[string]struct {
		contrast, bag, teacher float64
		lengths                []int // numbers of tokens of the texts
		rows                   int
	}{
		"contrast": {0.7, 0, 0, []int{18, 36, 3, 11, 2}, 10},
		"bag":      {0, 0.6, 0, []int{18, 36, 3, 11, 2}, 10},
		"teacher":  {0, 0, 0.8, []int{18, 1, 3, 11}, 6},
		"all":      {0.7, 0.6, 0.8, []int{18, 36, 3, 11, 2}, 10},
		"filler":   {0, 0, 0, []int{18, 1, 3, 11}, 6},
	} {
		t.Run(name, func(t *testing.T) {
			p := Pretraining{Model: toytest.MaskedModel(t), Mask: 0.3, Contrast: c.contrast, Bag: c.bag, Seed: 11, Stages: []Stage{{Steps: 1, Rows: c.rows, Length: 20}}}
			if c.teacher > 0 {
				p.Teacher = &Teacher{Model: "random", Weight: c.teacher}
			}
			p = p.WithDefaults()
			m, err := bert.Open(context.Background(), p.Model, bert.Options{Head: bert.MaskedLM})
			if err != nil {
				t.Fatal(err)
			}
			for v := range m.Store.IterVariables() {
				v.SetTrainable(true)
			}
			b, err := newMaskedRows(m.Tokenizer, someTexts(c.lengths...), p, currentRules).batchOf(0)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(b.labels, -1) || slices.Contains(b.lengths, 0) == p.paired() || slices.Max(b.lengths) == slices.Min(b.lengths) {
				t.Fatalf("the batch has lengths %v and labels %v: the test needs unused places, and padding rows unless rows are paired", b.lengths, b.labels)
			}
			var projection []safetensors.Named
			var scopes []string
			if c.bag > 0 {
				addBagProjection(m, p.Seed)
				scopes = append(scopes, bagScope)
			}
			if c.teacher > 0 {
				const size = 7
				b.distillation = &teacherTargets{size, someNumbers(b.rows * b.length * size), someNumbers(b.rows * size)}
				addDistillationProjections(m, size, p.Seed)
				scopes = append(scopes, distilledWords, distilledRows)
			}
			for _, scope := range scopes {
				for _, name := range []string{"weight", "bias"} {
					value, err := m.Store.GetVariable("/" + scope + "/" + name).Value()
					if err != nil {
						t.Fatal(err)
					}
					n, err := safetensors.FromTensor(scope+"."+name, value)
					if err != nil {
						t.Fatal(err)
					}
					projection = append(projection, n)
				}
			}
			want := transformersOf(t, p.Model, p, b, projection...)

			encoder := m.Encoder()
			encoder.Config.HiddenDropout, encoder.Config.AttentionDropout = 0, 0
			var names []string
			objective := pretrainingObjective(encoder, p, true)
			exec, err := feed.New(toytest.Backend(t), m.Store, objective.Signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
				loss, count, grads := trainer.Gradients(root, in, objective)
				names = nil
				for i, v := range trainer.Trainable(root, loss.Graph()) {
					names = append(names, dotted.Name(v.Path()))
					grads[i] = graph.Div(grads[i], count)
				}
				return append(grads, graph.Div(loss, count), count)
			})
			if err != nil {
				t.Fatal(err)
			}
			defer exec.Finalize()
			out, err := exec.Call(b.tensors().Tensors)
			if err != nil {
				t.Fatal(err)
			}
			if count := tensors.ToScalar[float32](out[len(names)+1]); int(count) != b.hidden() {
				t.Errorf("counted %v places, expected %d", count, b.hidden())
			}
			wantLoss := scalar(t, want, "masked")
			others := 1 // number of tensors in want that are no gradients
			for name, weight := range map[string]float64{"pairs": c.contrast, "bag": c.bag, "teacher": c.teacher} {
				if weight == 0 {
					continue
				}
				part := scalar(t, want, name)
				if part < 0.1 {
					t.Errorf("the loss of %s is %v, too small for a comparison", name, part)
				}
				wantLoss += weight * part
				others++
			}
			if got := float64(tensors.ToScalar[float32](out[len(names)])); math.Abs(got-wantLoss) > 1e-5*wantLoss {
				t.Errorf("the loss is %v, expected %v", got, wantLoss)
			}
			worst, compared := 0.0, 0
			for i, name := range names {
				compared++
				if strings.HasSuffix(name, "key.bias") {
					// A constant added to all keys does not change the attention: the gradient is 0 up to rounding.
					for _, v := range tensors.MustCopyFlatData[float32](out[i]) {
						if math.Abs(float64(v)) > 1e-5 {
							t.Errorf("%s has a gradient of %v, expected 0", name, v)
						}
					}
					continue
				}
				worst = max(worst, toytest.Relative(t, want, name, out[i]))
			}
			if n := len(want.Names()) - others; compared != n || n < 40 {
				t.Errorf("compared %d gradients, transformers computes %d", compared, n)
			}
			t.Logf("%d gradients, largest difference relative to each tensor's largest value: %.2g", compared, worst)
			if worst > 1e-4 {
				t.Errorf("expected at most 1e-4")
			}
		})
	}
}

// someNumbers returns n samples of a normal distribution.
func someNumbers(n int) []float32 {
	rng, list := rand.New(rand.NewPCG(4, uint64(n))), make([]float32, n)
	for i := range list {
		list[i] = float32(rng.NormFloat64())
	}
	return list
}

func scalar(t *testing.T, f *safetensors.File, name string) float64 {
	t.Helper()
	values, err := f.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	return float64(values[0])
}
