package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// stepLine is the state of one update, as Trainer logs it.
type stepLine struct {
	Loss         float64 `json:"loss"`
	GradNorm     float64 `json:"grad_norm"`
	LearningRate float64 `json:"learning_rate"`
}

// TestStepsAsTrainer: a whole training equals that of Trainer and PEFT with the same initial
// adapter and classifier, the same batches and no dropout: the loss, the norm of the gradient and
// the learning rate of each update. Packed batches equal those of Trainer, in which each example has a
// row.
func TestStepsAsTrainer(t *testing.T) {
	tasks := []struct {
		name       string
		experiment Experiment
		open       func(*testing.T, string, Experiment, Options) *Run
		layer      feed.Layer
	}{
		{"single label", toy(t), openToy, feed.Layer{}},
		{"pairs", toy(t), openPairs, feed.Layer{}},
		{"multi-label", taskToy(t, data.MultiLabel), openToy, feed.Layer{}},
		{"regression", taskToy(t, data.Regression), openToy, feed.Layer{}},
		{"tags", tagToy(t), openToy, feed.Layer{}},
		{"packed pairs", toy(t), openPairs, packs},
		{"packed tags", tagToy(t), openToy, packs},
	}
	runs, networks, jobs := make([]*Run, len(tasks)), make([]*network, len(tasks)), make([]map[string]any, len(tasks))
	for i, task := range tasks {
		e := task.experiment
		e.Data.Train, e.Adapter.Dropout = 96, 0
		e.Training = Training{Epochs: 4, BatchSize: 8, LearningRate: 2e-3, Warmup: 0.06, WeightDecay: 0.01, MaxGradNorm: 0.5}
		runs[i] = task.open(t, filepath.Join(t.TempDir(), "run"), e, Options{layer: task.layer})
		networks[i] = openNetwork(t, runs[i], true)
		jobs[i] = stepsJob(t, runs[i], networks[i])
	}
	theirs := pythonSteps(t, "steps_reference.py", jobs)
	for i, task := range tasks {
		t.Run(task.name, func(t *testing.T) {
			ours := trainedLines(t, runs[i], networks[i])
			if len(ours) != 48 {
				t.Errorf("%d updates, expected 48", len(ours))
			}
			compareSteps(t, ours, theirs[i], 2e-3)
		})
	}
}

// stepsJob saves the initial adapter of a training, and returns it with the recipe and the examples
// of all batches in their order, as steps_reference.py expects them.
func stepsJob(t *testing.T, r *Run, n *network) map[string]any {
	t.Helper()
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	adapter := filepath.Join(t.TempDir(), "adapter")
	if err := n.adapter.Save(adapter); err != nil {
		t.Fatal(err)
	}
	lengths := r.trainingLengths(n, examples)
	packed, err := r.packedShape(n, examples, lengths)
	if err != nil || (packed == batching.Shape{}) != (r.options.layer == feed.Layer{}) {
		t.Fatalf("packed batches of %s: %v", packed, err)
	}
	batcher, rows, err := r.trainingBatcher(n, examples, lengths, packed)
	if err != nil {
		t.Fatal(err)
	}
	how := r.Experiment.Training
	var list []map[string]any
	for epoch := range how.Epochs {
		sequence := batcher.Epoch(epoch)
		for at := range sequence.Len() {
			batch := sequence.At(at)
			if len(batch.Index) != how.BatchSize {
				t.Fatalf("batch %d has %d examples: expected whole batches", at, len(batch.Index))
			}
			for _, i := range batch.Index {
				list = append(list, stepsRow(r.Experiment.task(), rows, i, len(examples.Labels)))
			}
		}
	}
	return map[string]any{
		"model": n.Dir, "adapter": adapter, "task": r.Experiment.task(), "classes": len(n.Config.Labels), "rows": list,
		"batch_size": how.BatchSize, "learning_rate": how.LearningRate, "warmup": how.Warmup, "weight_decay": how.WeightDecay, "max_grad_norm": how.MaxGradNorm,
	}
}

// stepsRow returns an example as the collators of transformers expect it.
func stepsRow(task data.Task, rows *encoding.Rows, i, classes int) map[string]any {
	row, e := map[string]any{"input_ids": rows.IDs[i]}, rows.Examples[i]
	if rows.FirstLengths != nil {
		types := make([]int, len(rows.IDs[i]))
		for k := int(rows.FirstLengths[i]); k < len(types); k++ {
			types[k] = 1
		}
		row["token_type_ids"] = types
	}
	switch task {
	case data.MultiLabel:
		hot := make([]float64, classes)
		for _, class := range e.Labels {
			hot[class] = 1
		}
		row["labels"] = hot
	case data.Regression:
		row["labels"] = e.Value
	case data.TokenClassification:
		row["labels"] = rows.TokenTargets()[i]
	default:
		row["labels"] = e.Label
	}
	return row
}

// trainedLines trains the network and returns the lines of its updates.
func trainedLines(t *testing.T, r *Run, n *network) (ours []stepLine) {
	t.Helper()
	if _, err := r.train(context.Background(), func(context.Context) (*network, error) { return n, nil }); err != nil {
		t.Fatal(err)
	}
	lines, err := r.Folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if line.Kind == runfolder.TrainLine {
			ours = append(ours, stepLine{line.Loss, line.GradNorm, line.LearningRate})
		}
	}
	return ours
}

// pythonSteps trains each job with a script of testdata and returns the lines of its updates.
func pythonSteps(t *testing.T, script string, jobs []map[string]any) (lines [][]stepLine) {
	t.Helper()
	content, err := json.Marshal(jobs)
	if err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(t.TempDir(), "in.json")
	if err := os.WriteFile(in, content, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), filepath.Join("testdata", script), in).Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		t.Fatalf("%v\n%s", err, failed.Stderr)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &lines); err != nil || len(lines) != len(jobs) {
		t.Fatalf("%d trainings of %d, %v: %s", len(lines), len(jobs), err, text)
	}
	return lines
}

// compareSteps compares all updates of a training with the given peak of the learning rate.
func compareSteps(t *testing.T, ours, theirs []stepLine, peak float64) {
	t.Helper()
	if len(ours) != len(theirs) || len(ours) < 9 {
		t.Fatalf("%d updates here, %d in Python, expected as many, and at least 9", len(ours), len(theirs))
	}
	var loss, norm, rate float64
	for i, want := range theirs {
		relative := func(got, want float64) float64 { return math.Abs(got-want) / max(math.Abs(want), 1e-9) }
		loss, norm = max(loss, relative(ours[i].Loss, want.Loss)), max(norm, relative(ours[i].GradNorm, want.GradNorm))
		rate = max(rate, math.Abs(ours[i].LearningRate-want.LearningRate)/peak)
	}
	first, last := theirs[0], theirs[len(theirs)-1]
	t.Logf("%d updates, loss from %.4f to %.4f: losses within %.2g, norms of the gradient within %.2g, learning rates within %.2g", len(ours), first.Loss, last.Loss, loss, norm, rate)
	if !(loss <= 1e-4) || !(norm <= 1e-3) || !(rate <= 1e-6) {
		t.Error("expected losses within 1e-4, norms within 1e-3 and learning rates within 1e-6")
	}
}
