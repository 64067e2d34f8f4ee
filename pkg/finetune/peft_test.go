package finetune

import (
	"context"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// peft runs one task of testdata/peft_reference.py on examples and returns its output file.
func peft(t *testing.T, task, modelDir, adapterDir string, tokenizer *tokenizers.Tokenizer, examples []data.Example, maxLength int) *safetensors.File {
	t.Helper()
	return inPython(t, tokenizer, examples, maxLength, "peft_reference.py", task, modelDir, adapterDir)
}

// inPython runs a script of testdata with the given arguments, a file with the examples' tokens
// and the path of its output file, which it opens.
func inPython(t *testing.T, tokenizer *tokenizers.Tokenizer, examples []data.Example, maxLength int, args ...string) *safetensors.File {
	t.Helper()
	tmp := t.TempDir()
	in, out := filepath.Join(tmp, "in.safetensors"), filepath.Join(tmp, "out.safetensors")
	encoded := encoding.Encoder{Tokenizer: tokenizer, MaxLength: maxLength, Pairs: encoding.HasPairs(examples)}.Encode(examples)
	rows, width := encoded.IDs, 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	ids, mask, labels := make([]int64, len(rows)*width), make([]int64, len(rows)*width), make([]int64, len(rows))
	for r, row := range rows {
		labels[r] = int64(examples[r].Label)
		for i, id := range row {
			ids[r*width+i], mask[r*width+i] = int64(id), 1
		}
	}
	var named []safetensors.Named
	all := map[string]*tensors.Tensor{
		"input_ids":      tensors.FromFlatDataAndDimensions(ids, len(rows), width),
		"attention_mask": tensors.FromFlatDataAndDimensions(mask, len(rows), width),
		"labels":         tensors.FromFlatDataAndDimensions(labels, len(rows)),
	}
	if encoded.FirstLengths != nil {
		types := make([]int64, len(rows)*width)
		for r, row := range rows {
			for i := int(encoded.FirstLengths[r]); i < len(row); i++ {
				types[r*width+i] = 1
			}
		}
		all["token_type_ids"] = tensors.FromFlatDataAndDimensions(types, len(rows), width)
	}
	for name, tensor := range all {
		n, err := safetensors.FromTensor(name, tensor)
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	if err := safetensors.Write(in, named, nil); err != nil {
		t.Fatal(err)
	}
	args[0] = filepath.Join("testdata", args[0])
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), append(args, in, out)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", args, err, text)
	}
	f, err := safetensors.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// openNetwork opens the experiment's network with dropout off.
func openNetwork(t *testing.T, r *Run, adapted bool) *network {
	t.Helper()
	var n *network
	var err error
	if adapted {
		n, err = r.open(context.Background(), true)
	} else if n, err = r.openModel(context.Background(), 0); err == nil { // in memory: an adapter may change all of it
		err = r.upload(n)
	}
	if err != nil {
		t.Fatal(err)
	}
	n.encoder.Config.HiddenDropout, n.encoder.Config.AttentionDropout = 0, 0
	return n
}

// modelsUnderTest runs check with the toy model and, if it is available, with bert-base-cased.
func modelsUnderTest(t *testing.T, check func(t *testing.T, e Experiment)) {
	t.Run("toy", func(t *testing.T) { check(t, toy(t)) })
	t.Run("bert-base-cased", func(t *testing.T) {
		e := toy(t)
		e.Model = testenv.Need(t, "LORABOOK_BERT")
		e.Data.Source, e.Data.MaxLength = sentences(t), 64
		e.Data.Train, e.Data.Validation, e.Data.Test = 8, 2, 10
		check(t, e)
	})
}

// sentences returns a folder with ten short examples per half, written for this test.
func sentences(t *testing.T) string {
	t.Helper()
	good := []string{
		"A quiet, patient film that earns every one of its tears.",
		"I laughed until the usher came to look for me, twice.",
		"The lead is so good that you forget there is a camera at all; by the last reel I had stopped taking notes.",
		"Small budget, huge heart.", "Two hours passed like twenty minutes, and I would sit through it again tonight.",
	}
	bad := []string{
		"The plot has holes that you could park a bus in, and the film does, at length.",
		"Nobody in it seems to want to be there. Neither did I.",
		"A sequel to a film that nobody asked to be made either.", "Dull.",
		"It is shot through a dirty window, cut with a spoon, and scored by somebody who had not seen it, or who had.",
	}
	dir := t.TempDir()
	for _, half := range []string{"train", "test"} {
		var text strings.Builder
		text.WriteString("text,label\n")
		for i := range good {
			text.WriteString(`"` + good[i] + "\",good\n" + `"` + bad[i] + "\",bad\n")
		}
		if err := os.WriteFile(filepath.Join(dir, half+".csv"), []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// ofEmbeddings adapts all embeddings of the encoder, and a projection.
var ofEmbeddings = lora.Config{
	R: 4, Alpha: 8, ModulesToSave: []string{"classifier"},
	TargetModules: []string{"word_embeddings", "position_embeddings", "token_type_embeddings", "query"},
	RankPattern:   lora.Patterns[int]{{Modules: "token_type_embeddings", Value: 1}},
}

// TestGradientsAgainstPEFT compares one batch's gradients of every LoRA matrix and of the head
// with PyTorch's. The products of the matrices are not zero.
func TestGradientsAgainstPEFT(t *testing.T) {
	gradientsAgainstPEFT(t, lora.Config{R: 8, Alpha: 16, ModulesToSave: []string{"classifier"}})
}

// TestEmbeddingGradientsAgainstPEFT compares the gradients of adapted embeddings, with and
// without DoRA.
func TestEmbeddingGradientsAgainstPEFT(t *testing.T) {
	gradientsAgainstPEFT(t, ofEmbeddings)
	c := ofEmbeddings
	c.DoRA = true
	gradientsAgainstPEFT(t, c)
}

// TestSparseGradientsAgainstPEFT compares the gradients of SHiRA's entries.
func TestSparseGradientsAgainstPEFT(t *testing.T) {
	gradientsAgainstPEFT(t, lora.Config{PeftType: lora.SHiRA, R: 4, TargetModules: []string{"query", "output.dense"}, ModulesToSave: []string{"classifier"}})
}

func gradientsAgainstPEFT(t *testing.T, adapter lora.Config) {
	modelsUnderTest(t, func(t *testing.T, e Experiment) {
		e.Adapter = adapter
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		n := openNetwork(t, r, true)
		disturbB(t, n)
		dir := filepath.Join(t.TempDir(), "adapter")
		if err := n.adapter.Save(dir); err != nil {
			t.Fatal(err)
		}
		examples, err := r.Examples(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		chosen := examples.Test[:min(8, len(examples.Test))]
		want := peft(t, "gradients", e.Model, dir, n.Tokenizer, chosen, e.Data.MaxLength)

		compared, worst := compareGradients(t, r, n, chosen, "base_model.model.", want)
		t.Logf("%d gradients, largest difference relative to each tensor's largest value: %.2g", compared, worst)
		if worst > 1e-4 {
			t.Errorf("expected at most 1e-4")
		}
	})
}

// disturbB changes the values of the tensors that are initially zero.
func disturbB(t *testing.T, n *network) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for v := range n.Store.IterVariables() {
		var size float32
		switch path := v.Path(); {
		case strings.HasSuffix(path, "/lora_B/weight"), strings.HasSuffix(path, "/shira_weight"):
			size = 0.02
		case strings.HasSuffix(path, "/lora_embedding_A"): // its B is far larger than the A of other modules
			size = 0.005
		}
		if size > 0 {
			toytest.Randomize(t, rng, size, v)
		}
	}
}

// compareGradients compares one batch's loss and the gradients of all trainable tensors with
// want, whose names are prefix and the tensors' dotted names. It returns the number of tensors
// and the largest difference relative to a tensor's largest value.
func compareGradients(t *testing.T, r *Run, n *network, chosen []data.Example, prefix string, want *safetensors.File) (compared int, worst float64) {
	t.Helper()
	var names []string
	rows := n.input.Encode(chosen)
	objective := objective.New(classify.WholeNetwork(n.encoder).For(rows), objective.CrossEntropy)
	exec, err := feed.New(toytest.Backend(t), n.Store, objective.Signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		loss, rows, grads := trainer.Gradients(root, in, objective)
		names = nil
		for _, v := range trainer.Trainable(root, loss.Graph()) {
			names = append(names, prefix+dotted.Name(v.Path()))
		}
		for i := range grads {
			grads[i] = graph.Div(grads[i], rows)
		}
		return append(grads, graph.Div(loss, rows))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	maxLength := r.Experiment.Data.MaxLength
	// More rows than examples: padding rows must be ignored.
	batcher, err := batching.NewBatcher(rows.IDs, data.Labels(chosen), batching.Options{Lengths: []int{maxLength}, Rows: len(chosen) + 2})
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Call(feed.More(rows.Tensors).Tensors(batcher.InOrder().At(0)))
	if err != nil {
		t.Fatal(err)
	}
	worst = toytest.Relative(t, want, "loss", out[len(names)])
	for i, name := range names {
		off := toytest.Relative(t, want, name, out[i])
		if module, ok := strings.CutSuffix(name, "key.bias"); ok { // zero up to rounding: it shifts all scores of a query equally
			off *= toytest.Largest(t, want, name) / toytest.Largest(t, want, module+"query.bias")
		}
		worst = max(worst, off)
		compared++
	}
	if compared != len(want.Names())-1 {
		t.Errorf("compared %d gradients, PyTorch computes %d", compared, len(want.Names())-1)
	}
	return compared, worst
}

// TestExchangeWithPEFT trains here and predicts with PEFT, and the reverse.
func TestExchangeWithPEFT(t *testing.T) {
	modelsUnderTest(t, func(t *testing.T, e Experiment) {
		ctx := context.Background()
		e.Training.Epochs, e.Training.LearningRate = 2, 5e-3
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		if _, err := r.Report(ctx); err != nil {
			t.Fatal(err)
		}
		exchange(t, r, r.examples.Test)
	})
	t.Run("toy, embeddings", func(t *testing.T) {
		r := trainedToy(t, ofEmbeddings)
		exchange(t, r, r.examples.Test)
	})
}

// TestRunAgainstPEFT checks a finished run: its adapter must give the same logits in PEFT, and an
// adapter that PEFT trains on the same examples must give the same logits here.
func TestRunAgainstPEFT(t *testing.T) {
	dir := testenv.Need(t, "LORABOOK_RUN")
	folder, err := runfolder.Open(filepath.Dir(filepath.Clean(dir)), filepath.Base(dir))
	if err != nil {
		t.Fatal(err)
	}
	var e Experiment
	if err := folder.Experiment(&e); err != nil {
		t.Fatal(err)
	}
	// The folder's paths are relative to the working directory of the run.
	e.Model, e.Data.Source = testenv.Need(t, "LORABOOK_BERT"), testenv.Need(t, "LORABOOK_IMDB")
	r := &Run{Experiment: e, Folder: folder, options: Options{Progress: progress.Nop, Backend: toytest.Backend(t)}}
	if r.engine, err = engine.Shared(); err != nil {
		t.Fatal(err)
	}
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	exchange(t, r, examples.Test[:200])
}

// exchange compares both directions on the examples.
func exchange(t *testing.T, r *Run, examples []data.Example) {
	t.Helper()
	ctx, e := context.Background(), r.Experiment
	check := func(direction, adapterDir, task string) {
		n := openNetwork(t, r, false)
		want := peft(t, task, n.Dir, adapterDir, n.Tokenizer, examples, e.Data.MaxLength)
		adapter, err := lora.Open(adapterDir, n.Store, n.DenseModules(), n.EmbeddingModules()...)
		if err != nil {
			t.Fatal(err)
		}
		adapt(n.encoder, adapter)
		got, err := r.predict(ctx, n, examples, nil, task)
		if err != nil {
			t.Fatal(err)
		}
		values, err := want.Float32("logits")
		if err != nil {
			t.Fatal(err)
		}
		worst, other, spread := 0.0, 0, 0.0
		for i := range values {
			worst = max(worst, math.Abs(float64(values[i])-float64(got.Logits[i])))
			spread = max(spread, math.Abs(float64(values[i])-float64(values[i%2])))
			if i%2 == 1 && (values[i] > values[i-1]) != (got.Logits[i] > got.Logits[i-1]) {
				other++
			}
		}
		t.Logf("%s: %d reviews, logits within %.2g, %d predictions differ", direction, len(examples), worst, other)
		if worst > 1e-3 || other > 0 || spread < 1000*worst {
			t.Errorf("%s: expected logits within 1e-3, the same predictions, and logits with a thousand times that range (%.2g)", direction, spread)
		}
	}
	check("trained here, PEFT predicts", r.Folder.Path(runfolder.AdapterDir), "logits")
	check("PEFT trains, predicted here", filepath.Join(t.TempDir(), "peft"), "train")
}
