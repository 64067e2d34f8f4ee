package finetune

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestStopsAtEveryStep: a training that is stopped after each update and each evaluation, and continued by another
// Run, equals the uninterrupted one to the bit, for each kind of trained weights with and without cached hidden
// states: checkpoint, trained weights, history and the numbers of the result. Model and adapter have dropout.
func TestStopsAtEveryStep(t *testing.T) {
	testenv.NeedsTime(t, "it opens each run at every step")
	upper := []string{"layer.1.attention.self.query", "layer.1.output.dense"}
	kinds := map[string]func(*Experiment){
		"LoRA":       func(e *Experiment) { e.Adapter.TargetModules = upper },
		"PiSSA":      func(e *Experiment) { e.Adapter.TargetModules, e.Adapter.Init = upper, lora.InitPiSSA },
		"OLoRA":      func(e *Experiment) { e.Adapter.TargetModules, e.Adapter.Init = upper, lora.InitOLoRA },
		"EVA":        func(e *Experiment) { e.Adapter.TargetModules, e.Adapter.Init = upper, lora.InitEVA },
		"orthogonal": func(e *Experiment) { e.Adapter.TargetModules, e.Adapter.Init = upper, lora.InitOrthogonal },
		"DoRA":       func(e *Experiment) { e.Adapter.TargetModules, e.Adapter.DoRA = upper, true },
		"SHiRA": func(e *Experiment) {
			e.Adapter = lora.Config{PeftType: lora.SHiRA, R: 2, TargetModules: upper, ModulesToSave: []string{"classifier", "pooler"}}
		},
		"head": func(e *Experiment) {
			e.Method, e.Adapter = HeadOnly, lora.Config{ModulesToSave: []string{"classifier", "pooler"}}
		},
		"full": func(e *Experiment) { e.Method, e.Adapter = Full, lora.Config{} },
	}
	for kind, change := range kinds {
		for _, cache := range []precision.Precision{"", precision.Float32, precision.BFloat16} {
			if kind == "full" && cache != "" {
				continue // no layer is frozen
			}
			t.Run(kind+" cache "+string(cache), func(t *testing.T) {
				toytest.CacheDir(t)
				e := toy(t)
				change(&e)
				e.Data.Train, e.Data.Validation = 42, 12
				e.Training = Training{Epochs: 2, BatchSize: 8, Accumulate: 2, LearningRate: 0.01, WeightDecay: 0.1, PrefixCache: cache, MetricForBestModel: objective.ByAccuracy, Patience: 2}
				stopAtEveryStep(t, e)
			})
		}
	}
}

// stopAtEveryStep compares a training with one that is stopped whenever its history has a new line.
func stopAtEveryStep(t *testing.T, e Experiment) {
	t.Helper()
	options := Options{Backend: testenv.GoBackend(t)}
	whole := openToy(t, filepath.Join(t.TempDir(), "whole"), e, options)
	want, err := whole.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir, stops := filepath.Join(t.TempDir(), "stopped"), 0
	var got *Trained
	for ; got == nil; stops++ {
		if stops > 100 {
			t.Fatal("the training makes no progress")
		}
		r, err := Open(dir, e, options)
		if err != nil {
			t.Fatal(err)
		}
		held, err := r.Folder.ReadHistory()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		lines := 0
		r.options.OnHistory = func(runfolder.HistoryLine) {
			if lines++; lines > len(held) {
				cancel()
			}
		}
		got, err = r.Train(ctx)
		cancel()
		if err != nil && !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	broken := openToy(t, dir, e, options)
	a, b := timeless(t, whole), timeless(t, broken)
	if diff := cmp.Diff(a, b); diff != "" || stops < len(a)-1 {
		t.Errorf("%d stops, the history differs: %s", stops, diff)
	}
	type numbers struct {
		Steps, BestStep, Tokens int
		Loss, Accuracy          float64
		Early                   bool
		Calibration             any
	}
	of := func(d *Trained) numbers {
		return numbers{d.Steps, d.BestStep, d.Tokens, d.BestLoss, d.BestAccuracy, d.StoppedEarly, d.Calibration}
	}
	if diff := cmp.Diff(of(want), of(got)); diff != "" {
		t.Error(diff)
	}
	learned := map[Method]string{LoRA: lora.TensorsFile, HeadOnly: runfolder.HeadFile, Full: "model.safetensors"}[e.Method]
	for name, paths := range map[string][2]string{
		"the checkpoint":      {whole.Folder.Path(runfolder.CheckpointsDir, trainer.CheckpointFile), broken.Folder.Path(runfolder.CheckpointsDir, trainer.CheckpointFile)},
		"the trained weights": {filepath.Join(whole.learnedDir(), learned), filepath.Join(broken.learnedDir(), learned)},
	} {
		a, b := toytest.TensorsOf(t, paths[0]), toytest.TensorsOf(t, paths[1])
		for tensor, value := range a {
			if b[tensor] != value {
				t.Errorf("%s: %s differs", name, tensor)
			}
		}
		if len(a) != len(b) || len(a) == 0 {
			t.Errorf("%s: %d tensors, and %d of the stopped training", name, len(a), len(b))
		}
	}
}

// timeless returns the lines of a history without times.
func timeless(t *testing.T, r *Run) []runfolder.HistoryLine {
	t.Helper()
	lines, err := r.Folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	for i := range lines {
		lines[i].Elapsed, lines[i].TokensPerSecond = 0, 0
	}
	return lines
}
