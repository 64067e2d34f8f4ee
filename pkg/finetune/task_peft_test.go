package finetune

import (
	"context"
	"encoding/json"
	"math"
	"os/exec"
	"path/filepath"
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
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// taskInPython runs a command of testdata/task_reference.py on examples and returns its output.
func taskInPython(t *testing.T, r *Run, n *network, examples []data.Example, command, adapterDir, loss string) *safetensors.File {
	t.Helper()
	dir := t.TempDir()
	batch := testBatch(t, r, n, examples, 0)
	ids, mask := make([]int64, len(batch.IDs)), make([]int64, len(batch.IDs))
	for row, length := range batch.Lengths {
		for i := range batch.Length {
			ids[row*batch.Length+i] = int64(batch.IDs[row*batch.Length+i])
			if i < int(length) {
				mask[row*batch.Length+i] = 1
			}
		}
	}
	labels := batch.Tensors().Labels
	if batch.Labels != nil {
		wide := make([]int64, batch.Rows)
		for i, label := range batch.Labels {
			wide[i] = int64(label)
		}
		labels = tensors.FromFlatDataAndDimensions(wide, batch.Rows)
	}
	var named []safetensors.Named
	for name, tensor := range map[string]*tensors.Tensor{
		"input_ids":      tensors.FromFlatDataAndDimensions(ids, batch.Rows, batch.Length),
		"attention_mask": tensors.FromFlatDataAndDimensions(mask, batch.Rows, batch.Length), "labels": labels,
	} {
		one, err := safetensors.FromTensor(name, tensor)
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, one)
	}
	in, out := filepath.Join(dir, "in.safetensors"), filepath.Join(dir, "out.safetensors")
	if err := safetensors.Write(in, named, nil); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), filepath.Join("testdata", "task_reference.py"), command, n.Dir, adapterDir, string(r.Experiment.task()), loss, in, out)
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

// testBatch returns the examples in one batch, in their order, with more rows than examples.
func testBatch(t *testing.T, r *Run, n *network, examples []data.Example, more int) batching.Batch {
	t.Helper()
	maxLength := r.Experiment.Data.MaxLength
	targets := r.Experiment.targets(&encoding.Rows{Examples: examples}, n.Config.Labels)
	batcher, err := batching.NewBatcherOf(n.Tokenizer.EncodeAll(data.Texts(examples), maxLength), targets, batching.Options{Lengths: []int{maxLength}, Rows: len(examples) + more})
	if err != nil {
		t.Fatal(err)
	}
	return batcher.InOrder().At(0)
}

// The loss and the gradients of every trainable tensor equal those of transformers and PEFT for
// each problem_type, and those of torch for each option of the loss.
func TestTaskGradientsAgainstPEFT(t *testing.T) {
	weights := objective.Weights{ByClass: map[string]float64{"bad": 0.5, "good": 2.5}}
	for name, c := range map[string]struct {
		task  data.Task
		loss  objective.Loss
		torch string
	}{
		"multi-label":           {data.MultiLabel, objective.Loss{}, `{}`},
		"regression":            {data.Regression, objective.Loss{}, `{}`},
		"positive weights":      {data.MultiLabel, objective.Loss{PositiveWeights: objective.Weights{ByClass: map[string]float64{"with k": 3, "with m": 0.5, "with n": 7}}}, `{"pos_weight": [3.0, 0.5, 7.0]}`},
		"class weights":         {"", objective.Loss{ClassWeights: weights}, `{"weight": [0.5, 2.5]}`},
		"label smoothing":       {"", objective.Loss{LabelSmoothing: 0.2}, `{"label_smoothing": 0.2}`},
		"weights and smoothing": {"", objective.Loss{ClassWeights: weights, LabelSmoothing: 0.2}, `{"weight": [0.5, 2.5], "label_smoothing": 0.2}`},
		"focal":                 {"", objective.Loss{FocalGamma: 2}, `{"gamma": 2.0}`},
		"focal, gamma 0.5":      {"", objective.Loss{FocalGamma: 0.5, ClassWeights: weights}, `{"gamma": 0.5, "weight": [0.5, 2.5]}`},
	} {
		t.Run(name, func(t *testing.T) {
			e := toy(t)
			if c.task != "" {
				e = taskToy(t, c.task)
			}
			e.Adapter, e.Training.Loss = lora.Config{R: 8, Alpha: 16, ModulesToSave: []string{"classifier"}}, c.loss
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
			want := taskInPython(t, r, n, chosen, "gradients", dir, c.torch)
			loss, err := r.Experiment.Training.Loss.Rows(r.Experiment.task(), examples.Train, examples.Labels)
			if err != nil {
				t.Fatal(err)
			}
			compared, worst := gradientsOf(t, n, objective.New(classify.WholeNetwork(n.encoder), loss), testBatch(t, r, n, chosen, 2), want)
			t.Logf("%d gradients and the loss, largest difference relative to each tensor's largest value: %.2g", compared, worst)
			if worst > 1e-4 || compared != len(want.Names())-1 || compared < 8 {
				t.Errorf("%d of %d tensors compared; expected at most 1e-4", compared, len(want.Names())-1)
			}
		})
	}
}

// gradientsOf compares the loss and the gradients of a batch with those of PEFT.
func gradientsOf(t *testing.T, n *network, o trainer.Objective, batch batching.Batch, want *safetensors.File) (compared int, worst float64) {
	t.Helper()
	var names []string
	exec, err := feed.New(toytest.Backend(t), n.Store, o.Signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		loss, count, grads := trainer.Gradients(root, in, o)
		names = nil
		for i, v := range trainer.Trainable(root, loss.Graph()) {
			names = append(names, "base_model.model."+dotted.Name(v.Path()))
			grads[i] = graph.Div(grads[i], count)
		}
		return append(grads, graph.Div(loss, count))
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(batch.Tensors())
	if err != nil {
		t.Fatal(err)
	}
	worst = toytest.Relative(t, want, "loss", out[len(names)])
	for i, name := range names {
		worst = max(worst, toytest.Relative(t, want, name, out[i]))
	}
	return len(names), worst
}

// Trained here, PEFT computes the same outputs, and the reverse; the merged model opens by the
// Auto classes with its problem_type, and the pipeline answers as Classify and Score do.
func TestTasksExchangeWithPEFT(t *testing.T) {
	ctx := context.Background()
	for _, task := range otherTasks {
		t.Run(string(task), func(t *testing.T) {
			r := openToy(t, filepath.Join(t.TempDir(), "run"), taskToy(t, task), Options{})
			if _, err := r.Train(ctx); err != nil {
				t.Fatal(err)
			}
			examples, err := r.Examples(ctx)
			if err != nil {
				t.Fatal(err)
			}
			n := openNetwork(t, r, false)
			theirs := filepath.Join(t.TempDir(), "peft")
			for name, c := range map[string]struct{ command, dir string }{
				"trained here": {"logits", r.Folder.Path(runfolder.AdapterDir)}, "trained by PEFT": {"train", theirs},
			} {
				want, err := taskInPython(t, r, n, examples.Test, c.command, c.dir, "-").Float32("logits")
				if err != nil {
					t.Fatal(err)
				}
				opened, err := classify.Open(ctx, n.Dir, c.dir, classify.Options{Labels: examples.Labels, Task: task, MaxLength: r.Experiment.Data.MaxLength})
				if err != nil {
					t.Fatal(err)
				}
				defer opened.Close()
				got, err := opened.PredictTask(ctx, examples.Test, nil, "")
				if err != nil {
					t.Fatal(err)
				}
				worst, spread := 0.0, 0.0
				for i, v := range want {
					ours := 0.0
					if task == data.Regression {
						ours = got.Regression.Answers[i]
					} else {
						ours = float64(got.MultiLabel.Logits[i])
					}
					worst = max(worst, math.Abs(float64(v)-ours))
					spread = max(spread, math.Abs(float64(v-want[i%len(examples.Labels)])))
				}
				t.Logf("%s: %d outputs within %.2g of a range of %.2g", name, len(want), worst, spread)
				if !(worst <= 1e-4*spread) {
					t.Errorf("%s: outputs within %.2g of a range of %.2g, expected 1e-4 of it", name, worst, spread)
				}
			}
			pipelineAnswers(t, r, data.Texts(examples.Test[:10]))
		})
	}
}

// pipelineAnswers compares the pipeline on the merged model with this module's answers.
func pipelineAnswers(t *testing.T, r *Run, texts []string) {
	t.Helper()
	ctx, task := context.Background(), r.Experiment.Task
	merged := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, "", r.Folder.Dir(), merged, classify.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), append([]string{filepath.Join("testdata", "task_reference.py"), "pipeline", merged}, texts...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var theirs struct {
		ProblemType string               `json:"problem_type"`
		NumLabels   int                  `json:"num_labels"`
		Answers     []map[string]float64 `json:"answers"`
	}
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	c, err := classify.Open(ctx, merged, "", classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	labels := c.Model().Config.Labels
	if theirs.ProblemType != string(task) || theirs.NumLabels != len(labels) {
		t.Errorf("transformers reads problem_type %q and %d labels, expected %q and %d", theirs.ProblemType, theirs.NumLabels, task, len(labels))
	}
	for i, values := range valuesOf(t, c, texts) {
		for class, value := range values {
			if off := math.Abs(theirs.Answers[i][labels[class]] - value); !(off <= 1e-4) {
				t.Errorf("%q: %s is %v in the pipeline and %v here", texts[i], labels[class], theirs.Answers[i][labels[class]], value)
			}
		}
	}
}

// valuesOf returns the probabilities, or the number, of each text.
func valuesOf(t *testing.T, c *classify.Classifier, texts []string) (values [][]float64) {
	t.Helper()
	if c.Task() == data.Regression {
		numbers, err := c.Score(context.Background(), texts)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range numbers {
			values = append(values, []float64{n.Value})
		}
		return values
	}
	answers, err := c.Classify(context.Background(), texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		values = append(values, a.Probabilities)
	}
	return values
}
