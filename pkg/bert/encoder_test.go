package bert

import (
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// loaded opens the weights of a folder for a head, without its tokenizer.
func loaded(t *testing.T, dir string, head Head) *Model {
	t.Helper()
	config, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	m := &Model{Config: config, Head: head, Store: model.NewStore(), Dir: dir}
	if err := m.load(Options{Head: head, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return m
}

// run executes build over the input ids, mask and token types of a batch.
func run(t *testing.T, m *Model, batch []*tensors.Tensor, build func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node) []*tensors.Tensor {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(e.Backend, m.Store, func(root *model.Scope, ids, mask, types *graph.Node) []*graph.Node {
		return build(m.Encoder(), root, Inputs{
			IDs:     graph.ConvertDType(ids, dtypes.Int32),
			Mask:    graph.ConvertDType(mask, dtypes.Bool),
			TypeIDs: graph.ConvertDType(types, dtypes.Int32),
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(batch[0], batch[1], batch[2])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func readBatch(t *testing.T, path string) []*tensors.Tensor {
	t.Helper()
	f := openFile(t, path)
	var batch []*tensors.Tensor
	for _, name := range []string{"input_ids", "attention_mask", "token_type_ids"} {
		tensor, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, tensor)
	}
	return batch
}

func openFile(t *testing.T, path string) *safetensors.File {
	t.Helper()
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// compare fails where got differs from the file's tensor by more than tolerance
// at a position that a real token has, and returns the largest difference. Padding
// positions are left out: their states mean nothing and transformers' differ by its
// choice of attention code.
func compare(t *testing.T, f *safetensors.File, name string, got, mask *tensors.Tensor, tolerance float64) float64 {
	t.Helper()
	want, err := f.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	values := tensors.MustCopyFlatData[float32](got)
	if len(values) != len(want) {
		t.Fatalf("%s: %s has %d values, expected %d", name, got.Shape(), len(values), len(want))
	}
	var real []int64
	stride := 0
	if got.Shape().Rank() == 3 {
		real = tensors.MustCopyFlatData[int64](mask)
		stride = got.Shape().Dim(2)
	}
	worst, at := 0.0, 0
	for i := range want {
		if real != nil && real[i/stride] == 0 {
			continue
		}
		if d := math.Abs(float64(values[i]) - float64(want[i])); !(d <= worst) {
			worst, at = d, i
		}
	}
	if !(worst <= tolerance) {
		t.Errorf("%s: value %d is %v, transformers has %v: off by %.2g, expected at most %.0e", name, at, values[at], want[at], worst, tolerance)
	}
	return worst
}

// compareModel holds hidden states, pooled output and the logits of every head that
// the folder has against the reference file.
func compareModel(t *testing.T, dir, inputs, outputs string, tolerance float64) {
	t.Helper()
	batch, ref := readBatch(t, inputs), openFile(t, outputs)
	has := func(name string) bool { _, _, ok := ref.Info(name); return ok }
	worst := 0.0
	check := func(name string, got *tensors.Tensor) {
		t.Helper()
		worst = max(worst, compare(t, ref, name, got, batch[1], tolerance))
	}
	m := loaded(t, dir, NoHead)
	out := run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		return append(e.HiddenStates(root, in), e.Pooled(root, in))
	})
	for i, state := range out[:len(out)-1] {
		check(fmt.Sprintf("hidden_%d", i), state)
	}
	check("pooled", out[len(out)-1])
	if has("masked_logits") {
		m := loaded(t, dir, MaskedLM)
		check("masked_logits", run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
			return []*graph.Node{e.MaskedLogits(root, in)}
		})[0])
	}
	if has("logits") {
		m := loaded(t, dir, Classification)
		if len(m.Fresh) > 0 {
			t.Errorf("made %v anew though the file has them", m.Fresh)
		}
		check("logits", run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
			return []*graph.Node{e.Logits(root, in)}
		})[0])
	}
	t.Logf("largest difference from transformers: %.2g", worst)
}

// TestTinyAgainstTransformers compares whole tensors of every head, with token
// types and padding, with the outputs that make_tiny.py committed.
func TestTinyAgainstTransformers(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	compareModel(t, dir, dir+"/inputs.safetensors", dir+"/outputs.safetensors", 2e-6)
}

// TestRealAgainstTransformers compares real checkpoints on sentences of 3 to 512
// tokens, padded batches included, with transformers run on the spot.
func TestRealAgainstTransformers(t *testing.T) {
	for _, name := range []string{"LORABOOK_BERT", "LORABOOK_MINILM"} {
		t.Run(name, func(t *testing.T) {
			dir, python := testenv.Need(t, name), testenv.Need(t, "LORABOOK_PYTHON")
			tmp := t.TempDir()
			inputs, outputs := filepath.Join(tmp, "in.safetensors"), filepath.Join(tmp, "out.safetensors")
			writeSentences(t, dir, inputs)
			cmd := exec.Command(python, "testdata/encoder/reference.py", dir, inputs, outputs)
			if text, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("reference.py: %v\n%s", err, text)
			}
			compareModel(t, dir, inputs, outputs, 1e-4)
		})
	}
}

// writeSentences saves one padded batch: a word, two sentences, and a text cut at
// the model's 512 tokens.
func writeSentences(t *testing.T, dir, path string) {
	t.Helper()
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("The second reel drags, the third one soars, and nobody in the row behind us coughed once. ", 40)
	rows := tokenizer.EncodeAll([]string{
		"Good", "The capital of France is [MASK].",
		"I went in expecting little; what I got, despite a clumsy first act, was the best-acted film of the year.", long,
	}, 512)
	width := 512
	if n := len(rows[0]); n != 3 {
		t.Fatalf("the shortest row has %d tokens, expected 3", n)
	}
	ids, mask := make([]int64, len(rows)*width), make([]int64, len(rows)*width)
	for r, row := range rows {
		for i, id := range row {
			ids[r*width+i], mask[r*width+i] = int64(id), 1
		}
	}
	var named []safetensors.Named
	for name, values := range map[string][]int64{"input_ids": ids, "attention_mask": mask, "token_type_ids": make([]int64, len(ids))} {
		n, err := safetensors.FromTensor(name, tensors.FromFlatDataAndDimensions(values, len(rows), width))
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	if err := safetensors.Write(path, named, nil); err != nil {
		t.Fatal(err)
	}
}
