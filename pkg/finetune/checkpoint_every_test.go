package finetune

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestCheckpointEvery wants a checkpoint in the middle of a short training if it is asked for. The validation predictions of the trained model have its loss.
func TestCheckpointEvery(t *testing.T) {
	e := toy(t)
	for _, every := range []time.Duration{0, time.Nanosecond} {
		dir := filepath.Join(t.TempDir(), "run")
		seen := false
		r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t), CheckpointEvery: every, OnHistory: func(line runfolder.HistoryLine) {
			if line.Kind == runfolder.EvalLine && line.Epoch < 2 {
				_, err := os.Stat(filepath.Join(dir, runfolder.CheckpointsDir, trainer.CheckpointFile))
				seen = err == nil
			}
		}})
		if _, err := r.PredictValidation(t.Context()); err == nil || !strings.Contains(err.Error(), "call Train first") {
			t.Errorf("predictions before the training: %v", err)
		}
		trained, err := r.Train(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if every > 0 && !seen { // by default there is one on a slow machine only
			t.Errorf("CheckpointEvery %v: checkpoint %v", every, seen)
		}
		predictions, err := r.PredictValidation(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m, err := metrics.Measure(predictions.SingleLabel)
		if err != nil || math.Abs(m.Loss-trained.BestLoss) > 1e-5 || m.Accuracy != trained.BestAccuracy || m.Examples != e.Data.Validation {
			t.Errorf("the validation predictions have the loss %v, expected %v; %v", m.Loss, trained.BestLoss, err)
		}
	}
	_, err := Open(t.TempDir(), e, Options{Backend: testenv.GoBackend(t), CheckpointEvery: -1})
	if err == nil || !strings.Contains(err.Error(), "CheckpointEvery") {
		t.Errorf("a negative CheckpointEvery: %v", err)
	}
}
