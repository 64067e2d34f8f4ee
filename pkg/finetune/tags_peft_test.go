package finetune

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// tagsInPython runs a command of testdata/tags_reference.py on a batch and returns its output.
func tagsInPython(t *testing.T, n *network, batch batching.Batch, command, adapterDir string) *safetensors.File {
	t.Helper()
	size := batch.Rows * batch.Length
	ids, mask, labels := make([]int64, size), make([]int64, size), make([]int64, size)
	for at := range size {
		ids[at], labels[at] = int64(batch.IDs[at]), int64(batch.Labels[at])
		if at%batch.Length < int(batch.Lengths[at/batch.Length]) {
			mask[at] = 1
		}
	}
	var named []safetensors.Named
	for name, values := range map[string][]int64{"input_ids": ids, "attention_mask": mask, "labels": labels, "classes": {int64(len(n.Config.Labels))}} {
		shape := []int{batch.Rows, batch.Length}
		if name == "classes" {
			shape = []int{1}
		}
		one, err := safetensors.FromTensor(name, tensors.FromFlatDataAndDimensions(values, shape...))
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, one)
	}
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.safetensors"), filepath.Join(dir, "out.safetensors")
	if err := safetensors.Write(in, named, nil); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), filepath.Join("testdata", "tags_reference.py"), command, n.Dir, adapterDir, in, out)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, text)
	}
	f, err := safetensors.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// tagBatch returns the examples in one batch, in their order, with more rows than examples.
func tagBatch(t *testing.T, r *Run, n *network, examples []data.Example, more int) batching.Batch {
	t.Helper()
	rows := n.input.Encode(examples)
	batcher, err := batching.NewBatcherOf(rows.IDs, r.Experiment.targets(rows, n.Config.Labels), batching.Options{Lengths: []int{r.Experiment.Data.MaxLength}, Rows: len(examples) + more})
	if err != nil {
		t.Fatal(err)
	}
	return batcher.InOrder().At(0)
}

// tagModels runs check with the toy model and, if it is available, with bert-base-cased.
func tagModels(t *testing.T, check func(t *testing.T, e Experiment)) {
	t.Run("toy", func(t *testing.T) { check(t, tagToy(t)) })
	t.Run("bert-base-cased", func(t *testing.T) {
		e := tagToy(t)
		e.Model = testenv.Need(t, "LORABOOK_BERT")
		dir := t.TempDir()
		if err := toytest.TagData(dir, 6, 60, 30, false); err != nil {
			t.Fatal(err)
		}
		e.Data.Source, e.Data.MaxLength, e.Data.Train, e.Data.Validation, e.Data.Test = dir, 40, 20, 10, 20
		check(t, e)
	})
}

// Logits, loss and the gradients of every trainable tensor equal those of transformers and PEFT.
func TestTagGradientsAgainstPEFT(t *testing.T) {
	tagModels(t, func(t *testing.T, e Experiment) {
		e.Adapter = lora.Config{R: 8, Alpha: 16}
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
		chosen := examples.Test[:8]
		want := tagsInPython(t, n, tagBatch(t, r, n, chosen, 0), "gradients", dir)
		loss, err := r.Experiment.Training.Loss.Rows(r.Experiment.task(), examples.Train, examples.Labels)
		if err != nil {
			t.Fatal(err)
		}
		compared, worst := gradientsOf(t, n, objective.New(classify.TokenNetwork(n.encoder), loss), tagBatch(t, r, n, chosen, 2), want)
		exec, err := feed.New(toytest.Backend(t), n.Store, batching.Signature{}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
			return []*graph.Node{n.encoder.TokenLogits(root, encoding.Inputs(in))}
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		batch := tagBatch(t, r, n, chosen, 0)
		in := batch.Tensors()
		in.Labels = nil
		out, err := exec.Call(in)
		if err != nil {
			t.Fatal(err)
		}
		logits := toytest.Relative(t, want, "logits", out[0])
		t.Logf("%d gradients and the loss within %.2g of each tensor's largest value, logits within %.2g", compared, worst, logits)
		if worst > 1e-4 || logits > 1e-4 || compared != len(want.Names())-2 || compared < 6 {
			t.Errorf("%d of %d tensors compared; expected at most 1e-4", compared, len(want.Names())-2)
		}
	})
}

// Words, pieces and labels are those of transformers, for every maximum length and for words with
// several pieces, of unknown characters and without pieces.
func TestTagsEncodedAsTransformers(t *testing.T) {
	r := openToy(t, filepath.Join(t.TempDir(), "run"), tagToy(t), Options{})
	n := openNetwork(t, r, false)
	words := []string{"k", "kab", "\u200b", "好好", "a.b", "[SEP]", "\u00ad", "ma", "zz", "K", "a\u0301", "b c"}
	var examples []data.Example
	for i := range 30 {
		e := data.Example{Label: -1}
		for k := range 1 + i%9 {
			e.Words, e.Tags = append(e.Words, words[(i*7+k*5)%len(words)]), append(e.Tags, (i+k)%5)
		}
		examples = append(examples, e)
	}
	given := []map[string]any{}
	for _, e := range examples {
		given = append(given, map[string]any{"words": e.Words, "tags": e.Tags})
	}
	in, err := json.Marshal(given)
	if err != nil {
		t.Fatal(err)
	}
	lengths := []int{3, 4, 7, 12, 20}
	arguments := []string{filepath.Join("testdata", "tags_reference.py"), "encode", n.Dir}
	for _, length := range lengths {
		arguments = append(arguments, strconv.Itoa(length))
	}
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), arguments...)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]struct{ IDs, Labels []int32 }
	if err := json.Unmarshal(text, &all); err != nil || len(all) != len(lengths) {
		t.Fatalf("%d lengths, %v", len(all), err)
	}
	for at, length := range lengths {
		want := all[at]
		rows := encoding.Encoder{Tokenizer: n.Tokenizer, MaxLength: length, Words: true}.Encode(examples)
		targets := rows.TokenTargets()
		for i := range examples {
			if !slices.Equal(rows.IDs[i], want[i].IDs) || !slices.Equal(targets[i], want[i].Labels) {
				t.Fatalf("length %d, %q:\n%v %v, transformers has\n%v %v", length, examples[i].Words, rows.IDs[i], targets[i], want[i].IDs, want[i].Labels)
			}
		}
		if length == 3 && (rows.Cut.Words == 0 || rows.Cut.EmptyWords == 0) {
			t.Errorf("%+v", rows.Cut)
		}
	}
}

// Trained here, PEFT computes the same logits, and the reverse; the merged model opens by the Auto
// classes, and the pipeline finds the entities of Tag.
func TestTagsExchangeWithPEFT(t *testing.T) {
	ctx := context.Background()
	r := openToy(t, filepath.Join(t.TempDir(), "run"), tagToy(t), Options{})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		t.Fatal(err)
	}
	n := openNetwork(t, r, false)
	batch := tagBatch(t, r, n, examples.Test, 0)
	theirs := filepath.Join(t.TempDir(), "peft")
	for name, c := range map[string]struct{ command, dir string }{
		"trained here": {"logits", r.Folder.Path(runfolder.AdapterDir)}, "trained by PEFT": {"train", theirs},
	} {
		want, err := tagsInPython(t, n, batch, c.command, c.dir).Float32("logits")
		if err != nil {
			t.Fatal(err)
		}
		opened, err := classify.Open(ctx, n.Dir, c.dir, classify.Options{Labels: examples.Labels, MaxLength: r.Experiment.Data.MaxLength})
		if err != nil {
			t.Fatal(err)
		}
		defer opened.Close()
		got, err := opened.PredictTask(ctx, examples.Test, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		rows, k, compared := n.input.Encode(examples.Test), len(examples.Labels), 0
		position := map[int]int{} // row of the batch by example
		for row, example := range batch.Index {
			position[example] = row
		}
		worst := 0.0
		for i := range examples.Test {
			sum := 0.0
			for word, at := range rows.First[i] {
				scores := want[(position[i]*batch.Length+int(at))*k:][:k]
				best := 0
				total := 0.0
				for class, v := range scores {
					if v > scores[best] {
						best = class
					}
					total += math.Exp(float64(v))
				}
				sum += math.Log(total) - float64(scores[examples.Test[i].Tags[word]])
				if best != got.Tags.Answers[i][word] {
					t.Fatalf("%s: sentence %d, word %d: %d, PEFT has %d", name, i, word, got.Tags.Answers[i][word], best)
				}
				compared++
			}
			worst = max(worst, math.Abs(sum-got.Tags.Losses[i])/max(1, sum))
		}
		t.Logf("%s: the tags of %d words are equal, the losses of the sentences within %.2g", name, compared, worst)
		if worst > 1e-4 || compared < 200 {
			t.Errorf("%s: the losses differ by %.2g", name, worst)
		}
	}
	tagPipeline(t, r, examples.Test[:12])
}

// tagPipeline compares the pipeline on the merged model with Tag.
func tagPipeline(t *testing.T, r *Run, examples []data.Example) {
	t.Helper()
	ctx := context.Background()
	merged := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, "", r.Folder.Dir(), merged, classify.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), append([]string{filepath.Join("testdata", "tags_reference.py"), "pipeline", merged}, data.Texts(examples)...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs struct {
		Class   string
		Labels  []string
		Answers [][]struct {
			Type       string
			Score      float64
			Start, End int
		}
	}
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	c, err := classify.Open(ctx, merged, "", classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if theirs.Class != "BertForTokenClassification" || !slices.Equal(theirs.Labels, c.Model().Config.Labels) {
		t.Errorf("transformers opens %s with %q", theirs.Class, theirs.Labels)
	}
	got, err := c.TagTexts(ctx, data.Texts(examples))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for i, want := range theirs.Answers {
		if len(want) != len(got[i].Entities) {
			t.Errorf("%q: %+v, the pipeline has %+v", examples[i].Text, got[i].Entities, want)
			continue
		}
		for k, e := range got[i].Entities {
			if w := want[k]; e.Type != w.Type || e.StartRune != w.Start || e.EndRune != w.End || math.Abs(e.Probability-w.Score) > 1e-4 {
				t.Errorf("%q: %+v, the pipeline has %+v", examples[i].Text, e, w)
			}
			found++
		}
	}
	if found < 5 {
		t.Errorf("only %d entities", found)
	}
}
