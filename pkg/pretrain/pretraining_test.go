package pretrain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/schedule"
	"github.com/lorabook/lorabook/pkg/splits"
)

// freshModel returns a folder with an untrained model for letters.
func freshModel(t *testing.T) string {
	t.Helper()
	config, err := bert.ParseConfig([]byte(`{
		"vocab_size": 48, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
		"max_position_embeddings": 20, "initializer_range": 0.1, "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0
	}`))
	if err != nil {
		t.Fatal(err)
	}
	m, err := bert.New(config, toyTokenizer(t), bert.MaskedLM, 1)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "fresh")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Masked letters follow from their neighbours, and the model learns to predict them. The result
// opens for every use, here and in transformers.
func TestPretrainLearns(t *testing.T) {
	testenv.NeedsTime(t, "it trains until the loss is low")
	ctx, engine := context.Background(), testenv.GoBackend(t)
	dir := filepath.Join(t.TempDir(), "letters")
	p := Pretraining{
		Model: freshModel(t), Texts: []string{toytest.Texts(t, 400)}, HeldOut: 40, Mask: 0.2, LearningRate: 5e-3,
		Stages: []Stage{{Steps: 140, Rows: 16, Length: 12}, {Steps: 60, Rows: 16, Length: 20}},
	}.WithDefaults()
	var lines []runfolder.HistoryLine
	done, err := Run(ctx, dir, p, Options{Backend: engine, OnHistory: func(l runfolder.HistoryLine) { lines = append(lines, l) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(done)
	if h := done.HeldOut; h.Accuracy < h.MostFrequentAccuracy+0.5 || h.Loss > done.HeldOutBefore.Loss-1.5 || h.Texts != 40 || h.Places < 100 {
		t.Errorf("the loss is too high, or the evaluation has too few positions: %+v", done)
	}
	// Embeddings, layers, pooler and head.
	if want := 48*32 + 20*32 + 2*32 + 64 + 2*(4*(32*32+32)+2*32*64+64+32+4*32) + (32*32 + 32) + (32*32 + 32 + 64 + 48); done.Parameters != want {
		t.Errorf("%d parameters, expected %d", done.Parameters, want)
	}
	if done.Steps != 200 || done.Texts != 360 || done.Tokens > 140*16*12+60*16*20 || done.Tokens < 140*16*6 {
		t.Errorf("%+v", done)
	}
	evaluations, epoch := 0, 0.0
	for _, l := range lines {
		if l.Kind == runfolder.EvalLine {
			evaluations++
		}
		if l.Epoch < epoch || math.IsNaN(l.Loss) {
			t.Errorf("line %+v after epoch %v", l, epoch)
		}
		epoch = l.Epoch
	}
	if last := lines[len(lines)-1]; evaluations != 11 || last.Kind != runfolder.EvalLine || last.Loss != done.HeldOut.Loss || last.Accuracy != done.HeldOut.Accuracy || lines[0].Loss != done.HeldOutBefore.Loss {
		t.Errorf("%d evaluations in the history, from %+v to %+v", evaluations, lines[0], last)
	}

	// The folder contains the evaluated model.
	name := filepath.Join(dir, runfolder.ModelDir)
	m, err := bert.Open(ctx, name, bert.Options{Head: bert.MaskedLM})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.corpus(ctx, toytest.EmptyRun(t), m.Tokenizer, currentRules)
	if err != nil {
		t.Fatal(err)
	}
	meter, err := newMaskedMeter(engine, m, m.Encoder(), c.held, p, currentRules)
	if err != nil {
		t.Fatal(err)
	}
	defer meter.close()
	again, err := meter.measure(ctx, progress.Nop)
	if err != nil {
		t.Fatal(err)
	}
	if *again != done.HeldOut {
		t.Errorf("the evaluation of the saved model is %+v, of the trained model %+v", again, done.HeldOut)
	}
	t.Run("adapter", func(t *testing.T) {
		r, err := finetune.Open(filepath.Join(t.TempDir(), "run"), finetune.Experiment{
			Model: name, Data: splits.Config{Source: toytest.Data(t), Train: 32, Validation: 16, Test: 16, MaxLength: 20},
			Adapter: lora.Config{R: 2}, Training: finetune.Training{Epochs: 1},
		}, finetune.Options{Backend: engine})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if _, err := r.Report(ctx); err != nil {
			t.Error(err)
		}
	})
	t.Run("transformers", func(t *testing.T) {
		b := meter.batches[0]
		out, err := meter.exec.Call(b.tensors().Tensors)
		if err != nil {
			t.Fatal(err)
		}
		got := float64(tensors.ToScalar[float32](out[0])) / float64(tensors.ToScalar[float32](out[1]))
		if want := scalar(t, transformersOf(t, name, Pretraining{}, b), "masked"); math.Abs(got-want) > 1e-4*want {
			t.Errorf("the loss of %d masked tokens is %v, transformers computes %v", b.hidden(), got, want)
		}
	})
}

// TestPretrainSettingsHaveEffect: every setting changes the result.
func TestPretrainSettingsHaveEffect(t *testing.T) {
	testenv.NeedsTime(t, "it trains once for each setting")
	engine, base := testenv.GoBackend(t), toyPretraining(t)
	base.Stages = []Stage{{Steps: 4, Rows: 4, Length: 10}, {Steps: 2, Rows: 4, Length: 16}}
	trained := func(change func(*Pretraining)) (string, int) {
		t.Helper()
		p := base
		change(&p)
		dir, measured := filepath.Join(t.TempDir(), "run"), 0
		done, err := Run(context.Background(), dir, p, Options{Backend: engine, OnHistory: func(l runfolder.HistoryLine) {
			if l.Kind == runfolder.EvalLine {
				measured++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(done.Texts, done.HeldOut, toytest.TensorsOf(t, filepath.Join(dir, runfolder.CheckpointsDir, trainer.CheckpointFile))), measured
	}
	same, measured := trained(func(*Pretraining) {})
	if again, _ := trained(func(*Pretraining) {}); again != same {
		t.Fatal("the same pre-training gave two results")
	}
	for name, change := range map[string]func(*Pretraining){
		"model":         func(p *Pretraining) { p.Model = freshModel(t) },
		"texts":         func(p *Pretraining) { p.Texts = append(p.Texts[:1:1], toytest.Data(t)) },
		"held_out":      func(p *Pretraining) { p.HeldOut = 13 },
		"steps":         func(p *Pretraining) { p.Stages = []Stage{{4, 4, 10}, {3, 4, 16}} },
		"rows":          func(p *Pretraining) { p.Stages = []Stage{{4, 6, 10}, {2, 4, 16}} },
		"length":        func(p *Pretraining) { p.Stages = []Stage{{4, 4, 10}, {2, 4, 15}} },
		"mask":          func(p *Pretraining) { p.Mask = 0.4 },
		"contrast":      func(p *Pretraining) { p.Contrast = 0.2 },
		"no contrast":   func(p *Pretraining) { p.Contrast = 0 },
		"bag":           func(p *Pretraining) { p.Bag = 0.3 },
		"neighbours":    func(p *Pretraining) { p.Neighbours = 4 },
		"precision":     func(p *Pretraining) { p.Precision = precision.BFloat16 },
		"learning_rate": func(p *Pretraining) { p.LearningRate = 2e-3 },
		"schedule":      func(p *Pretraining) { p.Schedule = schedule.Cosine },
		"warmup":        func(p *Pretraining) { p.Warmup = 0.5 },
		"weight_decay":  func(p *Pretraining) { p.WeightDecay = 0.1 },
		"adam_beta1":    func(p *Pretraining) { p.Beta1 = 0.5 },
		"adam_beta2":    func(p *Pretraining) { p.Beta2 = 0.9 },
		"adam_epsilon":  func(p *Pretraining) { p.Epsilon = 1e-2 },
		"max_grad_norm": func(p *Pretraining) { p.MaxGradNorm = 0.1 },
		"seed":          func(p *Pretraining) { p.Seed = 9 },
	} {
		if got, _ := trained(change); got == same {
			t.Errorf("%s has no effect", name)
		}
	}
	if got, n := trained(func(p *Pretraining) { p.MeasureEvery = 2 }); got != same || measured != 3 || n != 4 {
		t.Errorf("evaluated %d and %d times, expected 3 every 5 steps and 4 every 2, with the same result", measured, n)
	}
}

// A folder in use by another process, and a folder with another content, are refused.
func TestPretrainRefuses(t *testing.T) {
	experiment := finetune.Experiment{
		Model: toytest.Model(t), Data: splits.Config{Source: toytest.Data(t), Train: 32, Validation: 16, Test: 16, MaxLength: 20},
		Adapter: lora.Config{R: 2}, Training: finetune.Training{Epochs: 1},
	}
	engine, p := testenv.GoBackend(t), toyPretraining(t)
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, dir, p, Options{Backend: engine}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the error of an ended context is %v", err)
	}
	p.Stages[0].Rows, p.Mask = 6, 0.25
	_, err := Run(context.Background(), dir, p, Options{Backend: engine})
	var changed *runfolder.ChangedError
	if !errors.As(err, &changed) || len(changed.Changes) != 2 {
		t.Errorf("another pre-training in the folder: %v", err)
	}
	if _, err := finetune.Open(dir, experiment, finetune.Options{Backend: engine}); !errors.As(err, &changed) {
		t.Errorf("an experiment in the folder: %v", err)
	}
	run := filepath.Join(t.TempDir(), "run")
	r, err := finetune.Open(run, experiment, finetune.Options{Backend: engine})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := Run(context.Background(), run, p, Options{Backend: engine}); !errors.As(err, &changed) {
		t.Errorf("in the folder of a running experiment: %v", err)
	}
	held, err := runfolder.Create(t.TempDir(), "run", p, runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	var busy *runfolder.BusyError
	if _, err := Run(context.Background(), held.Dir(), p, Options{Backend: engine}); !errors.As(err, &busy) {
		t.Errorf("in the folder of a running pre-training: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), run, p, Options{Backend: engine}); !errors.As(err, &changed) {
		t.Errorf("in the folder of an experiment: %v", err)
	}
	if _, err := Run(context.Background(), t.TempDir()+"/no name", p, Options{Backend: engine}); !errors.Is(err, runfolder.ErrRunName) {
		t.Errorf("a folder that cannot be a run folder: %v", err)
	}
	p.Model = "./nowhere"
	if _, err := Run(context.Background(), filepath.Join(t.TempDir(), "run"), p, Options{Backend: engine}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing model: %v", err)
	}
}
