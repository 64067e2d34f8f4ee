package faults

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/splits"
)

var (
	steps    = flag.Int("steps", 2000, "least number of steps of TestTrainingSoak")
	stepsFor = flag.Duration("stepsfor", 0, "least time of TestTrainingSoak")
)

// TestTrainingSoak: steps of one training, with its evaluations and checkpoints, leave memory,
// goroutines and descriptors as they were. The history in memory grows with the evaluations, one
// each 3,900 steps here.
func TestTrainingSoak(t *testing.T) {
	testenv.NeedsTime(t, "it trains for thousands of steps")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	watched := &watchedSteps{t: t, stop: stop, began: time.Now(), printed: time.Now()}
	r, err := finetune.Open(filepath.Join(t.TempDir(), "run"), finetune.Experiment{
		Model: toytest.Model(t), Seed: 3,
		Data:     splits.Config{Source: toytest.DataOf(t, 4000, 80), Train: 3900, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
		Training: finetune.Training{Epochs: 1 << 20, BatchSize: 1, Evaluations: 1},
	}, finetune.Options{Progress: watched, TensorBoard: true, CheckpointEvery: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Train(ctx); !errors.Is(err, finetune.ErrStopped) {
		t.Errorf("the training ended with %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !watched.ended {
		t.Error("the steps did not come to their end")
	}
}

// watchedSteps is the Progress of a training. It measures the process after a tenth of the steps,
// when every shape is compiled, and at the end, and stops the training.
type watchedSteps struct {
	t              *testing.T
	stop           func()
	began, printed time.Time
	first          usage // of step from
	from           int
	ended          bool
}

func (w *watchedSteps) Note(string) {}

func (w *watchedSteps) Begin(task string, _, _ int) progress.Task {
	return watchedTask{w, task == "training"}
}

type watchedTask struct {
	*watchedSteps
	trains bool
}

func (w watchedTask) End() {}

func (w watchedTask) Update(s progress.Status) {
	switch {
	case !w.trains || w.ended:
	case s.Done == *steps/10:
		w.from, w.first = s.Done, used(w.t, 0)
	case s.Done >= *steps && time.Since(w.began) >= *stepsFor:
		flat(w.t, fmt.Sprintf("steps %d to %d, %v", w.from, s.Done, time.Since(w.began).Round(time.Second)), w.first)
		w.ended = true
		w.stop()
	case testing.Verbose() && time.Since(w.printed) > time.Minute: // a long run may be ended before
		fmt.Printf("%d steps: %v\n", s.Done, used(w.t, w.first.goroutines))
		w.printed = time.Now()
	}
}
