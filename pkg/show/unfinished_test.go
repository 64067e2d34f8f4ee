package show

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// TestUnfinishedTraining: after an interrupted training, the cells behind it say that they do
// not show the trained weights, and how far the training is; before any training they fail with
// the reason, and after its end they say nothing.
func TestUnfinishedTraining(t *testing.T) {
	dir, model, data := toytest.Folders()
	defer os.RemoveAll(dir)
	ctx, stop := context.WithCancel(t.Context())
	evaluations := 0
	e := finetune.Experiment{
		Model: model, Data: splits.Config{Source: data, Train: 64, Validation: 8, Test: 8, MaxLength: 16},
		Adapter: lora.Config{R: 2}, Training: finetune.Training{Epochs: 4}, Seed: 1,
	}
	run := filepath.Join(t.TempDir(), "run")
	r, err := finetune.Open(run, e, finetune.Options{Backend: toytest.Backend(t), OnHistory: func(l runfolder.HistoryLine) {
		if l.Kind == runfolder.EvalLine {
			if evaluations++; evaluations == 2 {
				stop()
			}
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := TrainedFiles(r); err == nil || !strings.Contains(err.Error(), "no trained weights yet") || !strings.Contains(err.Error(), "Not trained") {
		t.Errorf("files before the training: %v", err)
	}
	if _, err := TrainedMatrices(t.Context(), r); err == nil || !strings.Contains(err.Error(), "no trained weights yet") {
		t.Errorf("matrices before the training: %v", err)
	}
	if _, err := r.Train(ctx); !errors.Is(err, finetune.ErrStopped) {
		t.Fatalf("stopped: %v", err)
	}
	const caption = "Training stopped at step 4 of 16: these are not the trained weights."
	f, err := TrainedFiles(r)
	if err != nil || f.Notes[0] != caption {
		t.Errorf("files %q, %v", f.Notes, err)
	}
	f, err = TrainedMatrices(t.Context(), r)
	if err != nil || len(f.Charts) != 1 {
		t.Fatalf("%d charts, %v", len(f.Charts), err)
	}
	if text := f.Charts[0].Text(); !strings.Contains(text, caption) || !strings.Contains(text, "before the end of training") || strings.Contains(text, afterTraining) {
		t.Errorf("the chart says\n%s", text)
	}
	if _, err := classify.Open(t.Context(), "", run, classify.Options{}); err == nil || !strings.Contains(err.Error(), "the training is not finished") {
		t.Errorf("a classifier: %v", err)
	}
	if _, err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	f, err = TrainedFiles(r)
	if err != nil || strings.Contains(f.Notes[0], "raining") {
		t.Errorf("files after the training: %q, %v", f.Notes, err)
	}
	f, err = TrainedMatrices(t.Context(), r)
	if err != nil || !strings.Contains(f.Charts[0].Text(), afterTraining) {
		t.Errorf("matrices after the training: %v", err)
	}
}
