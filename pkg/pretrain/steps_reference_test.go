package pretrain

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/schedule"
)

// TestPretrainingStepsAsPyTorch: a whole pre-training equals that of transformers' BertForMaskedLM and torch's
// AdamW in float64 on the same batches: the loss, the norm of the gradient and the learning rate of each update,
// and every trained tensor. The decoder is tied to the embeddings, the second stage has fewer rows than its batch, and the
// pooler, which no loss trains, keeps its values in spite of the weight decay.
func TestPretrainingStepsAsPyTorch(t *testing.T) {
	python, ctx := testenv.Need(t, "LORABOOK_PYTHON"), context.Background()
	p := Pretraining{
		Model: freshModel(t), Texts: []string{toytest.Texts(t, 60)}, HeldOut: 12, Seed: 5, Mask: 0.2,
		Stages:       []Stage{{Steps: 17, Rows: 9, Length: 10}, {Steps: 12, Rows: 64, Length: 20}},
		LearningRate: 3e-3, Warmup: 0.13, Schedule: schedule.Cosine, WeightDecay: 0.3, MaxGradNorm: 0.5,
	}.WithDefaults()
	root := t.TempDir()
	e, err := engine.For(testenv.GoBackend(t), "the test's backend")
	if err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Create(root, "run", p, runfolder.CurrentEnvironment(e.String()))
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	trained, err := newPretrainer(ctx, p, folder, e, Options{Progress: progress.Nop})
	if err != nil {
		t.Fatal(err)
	}
	defer trained.close()
	batches, incomplete := trainedBatches(t, trained.rows)
	if incomplete == 0 {
		t.Fatal("every batch is complete")
	}
	in, out := filepath.Join(root, "in.json"), filepath.Join(root, "out.safetensors")
	job, err := json.Marshal(map[string]any{
		"batches": batches, "learning_rate": p.LearningRate, "warmup": p.Warmup, "weight_decay": p.WeightDecay,
		"betas": []float64{p.Beta1, p.Beta2}, "eps": p.Epsilon, "max_grad_norm": p.MaxGradNorm,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(in, job, 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(python, "testdata/steps_reference.py", p.Model, in, out).Output()
	if failed := new(exec.ExitError); errors.As(err, &failed) {
		t.Fatalf("%v\n%s", err, failed.Stderr)
	}
	var theirs []runfolder.HistoryLine
	if err := errors.Join(err, json.Unmarshal(text, &theirs)); err != nil {
		t.Fatal(err)
	}
	if _, err := trained.train(ctx); err != nil {
		t.Fatal(err)
	}
	compareUpdates(t, folder, theirs)
	compareTrained(t, folder.Path(runfolder.ModelDir), p.Model, out)
}

// trainedBatches returns the rows of each update as transformers expects them, and the number of incomplete
// batches.
func trainedBatches(t *testing.T, m *maskedRows) (batches [][]map[string]any, incomplete int) {
	t.Helper()
	for step := range m.Steps() {
		b, err := m.batchOf(step)
		if err != nil {
			t.Fatal(err)
		}
		var rows []map[string]any
		for r, n := range b.lengths {
			if n == 0 {
				continue
			}
			labels := make([]int, n)
			for i := range labels {
				labels[i] = -100
			}
			for i, label := range b.labels[r*b.places : (r+1)*b.places] {
				if label >= 0 {
					labels[b.positions[r*b.places+i]] = int(label)
				}
			}
			rows = append(rows, map[string]any{"input_ids": b.ids[r*b.length : r*b.length+int(n)], "labels": labels})
		}
		if len(rows) < b.rows {
			incomplete++
		}
		batches = append(batches, rows)
	}
	return batches, incomplete
}

// compareUpdates compares the training lines of a history.
func compareUpdates(t *testing.T, folder *runfolder.Folder, theirs []runfolder.HistoryLine) {
	t.Helper()
	lines, err := folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	at, worst := 0, 0.0
	for _, line := range lines {
		if line.Kind != runfolder.TrainLine {
			continue
		}
		if at == len(theirs) {
			t.Fatalf("more updates than in PyTorch, %d", at)
		}
		want := theirs[at]
		for _, d := range []float64{line.Loss/want.Loss - 1, line.GradNorm/want.GradNorm - 1, (line.LearningRate - want.LearningRate) / 3e-3} {
			worst = max(worst, math.Abs(d))
		}
		at++
	}
	t.Logf("%d updates, loss from %.3f to %.3f: losses, norms of the gradient and learning rates within %.2g", at, theirs[0].Loss, theirs[at-1].Loss, worst)
	if at != len(theirs) || at != 29 || !(worst <= 1e-4) {
		t.Errorf("%d updates, %d in PyTorch, expected 29 within 1e-4", at, len(theirs))
	}
}

// compareTrained compares all tensors of the trained model.
func compareTrained(t *testing.T, model, before, wanted string) {
	t.Helper()
	want, err := safetensors.Open(wanted)
	if err != nil {
		t.Fatal(err)
	}
	defer want.Close()
	m, err := bert.Open(context.Background(), model, bert.Options{Head: bert.MaskedLM})
	if err != nil {
		t.Fatal(err)
	}
	initial := toytest.TensorsOf(t, filepath.Join(before, "model.safetensors"))
	compared, worst := 0, 0.0
	for name, bytes := range toytest.TensorsOf(t, filepath.Join(model, "model.safetensors")) {
		switch {
		case strings.HasPrefix(name, "bert.pooler."):
			if bytes != initial[name] {
				t.Errorf("%s changed", name)
			}
		case strings.HasSuffix(name, ".key.bias"): // its gradient consists of rounding errors, which AdamW divides
		default:
			value, err := m.Variable(name).Value()
			if err != nil {
				t.Fatal(err)
			}
			if bytes == initial[name] {
				t.Errorf("%s did not change", name)
			}
			worst = max(worst, toytest.Relative(t, want, name, value))
			compared++
		}
	}
	t.Logf("%d tensors, largest difference relative to each tensor's largest value: %.2g", compared, worst)
	if compared < 30 || !(worst <= 1e-3) {
		t.Error("expected at least 30 tensors within 1e-3")
	}
}
