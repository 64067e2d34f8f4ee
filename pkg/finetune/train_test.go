package finetune

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestTrainLearns trains on the toy task and compares before and after.
func TestTrainLearns(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Training.Epochs = 12
	e.Data.Train = 160
	dir := filepath.Join(t.TempDir(), "learns")
	r := openToy(t, dir, e, Options{})
	report, err := r.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if before, after := report.Before.Accuracy, report.After.Accuracy; after < before+0.1 || after < 0.65 {
		t.Errorf("accuracy %.3f before, %.3f after", before, after)
	}
	if n := report.Training.Trainable; n != 2*2*4*(16+16)+2*16+2 {
		t.Errorf("%d trainable parameters", n)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	// A finished run returns the content of the folder, even if the model is missing.
	if err := os.RemoveAll(e.Model); err != nil {
		t.Fatal(err)
	}
	lines := 0
	again := openToy(t, dir, e, Options{OnHistory: func(runfolder.HistoryLine) { lines++ }})
	if _, err := again.Train(ctx); err != nil {
		t.Fatal(err)
	}
	second, err := again.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if second.After.Loss != report.After.Loss || lines == 0 {
		t.Errorf("the folder returned loss %v and %d lines, expected %v", second.After.Loss, lines, report.After.Loss)
	}
}

// TestResumeIsExact stops training at several steps and resumes it each time. Weights, moments,
// random state, saved state and history must equal those of an uninterrupted run, with dropout
// and accumulation, with every initialization and with packed batches.
func TestResumeIsExact(t *testing.T) {
	const adapter = runfolder.AdapterDir + "/adapter_model.safetensors"
	for name, c := range map[string]struct {
		kept    string
		backend func(testing.TB) compute.Backend
		packed  bool
		change  func(*Experiment)
	}{
		"LoRA":                {adapter, toytest.Backend, false, func(e *Experiment) {}},
		"accumulated":         {adapter, toytest.Backend, false, func(e *Experiment) { e.Training.Accumulate = 2 }},
		"two devices":         {adapter, toytest.Backend, false, func(e *Experiment) { e.Devices, e.Training.Accumulate = min(2, toytest.Backend(t).NumDevices()), 2 }},
		"packed":              {adapter, toytest.Backend, true, func(e *Experiment) { e.Data.Train = 90 }},
		"packed, accumulated": {adapter, testenv.GoBackend, true, func(e *Experiment) { e.Training.Accumulate = 2 }},
		"PiSSA":               {adapter, testenv.GoBackend, false, func(e *Experiment) { e.Adapter.Init = lora.InitPiSSA }},
		"EVA":                 {adapter, testenv.GoBackend, false, func(e *Experiment) { e.Adapter.Init = lora.InitEVA }},
		"EVA, packed":         {adapter, testenv.GoBackend, true, func(e *Experiment) { e.Adapter.Init = lora.InitEVA }},
		"LoRA+":               {adapter, testenv.GoBackend, false, func(e *Experiment) { e.Training.LoRAPlusLRRatio, e.Training.WeightDecay = 4, 0.1 }},
		"head":                {runfolder.HeadDir + "/" + runfolder.HeadFile, testenv.GoBackend, false, func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} }},
		"full": {runfolder.ModelDir + "/model.safetensors", testenv.GoBackend, false, func(e *Experiment) {
			e.Method, e.Adapter, e.Training.LearningRate = Full, lora.Config{}, 2e-3
		}},
	} {
		t.Log(name)
		e := toy(t)
		c.change(&e)
		root := t.TempDir()
		options := Options{Backend: c.backend(t)}
		if c.packed {
			options.layer = packs
		}
		whole := openToy(t, filepath.Join(root, "whole"), e, options)
		want, err := whole.Train(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(root, "broken")
		stops, due := 0, 0
		var got *Trained
		for got == nil {
			ctx, cancel := context.WithCancel(context.Background())
			fresh := 0 // lines that are not replayed
			r := openToy(t, dir, e, options)
			held, err := r.Folder.ReadHistory()
			if err != nil {
				t.Fatal(err)
			}
			r.options.OnHistory = func(l runfolder.HistoryLine) {
				if len(held) == 0 || l.Step > held[len(held)-1].Step {
					fresh++
				}
				if fresh == 3 {
					cancel()
				}
			}
			got, err = r.Train(ctx)
			cancel()
			if errors.Is(err, ErrStopped) {
				stops++
				// A process may be killed between an evaluation's line and its checkpoint.
				var at position
				if err := trainer.ReadPosition(r.Folder, &at); err != nil {
					t.Fatal(err)
				} else if at.Due {
					unlock, err := r.Folder.Lock(context.Background(), runfolder.TrainingFile, nil)
					if err != nil {
						t.Fatal(err)
					}
					h, err := r.Folder.OpenHistory()
					if err != nil {
						t.Fatal(err)
					}
					if err := errors.Join(h.Append(runfolder.HistoryLine{Kind: runfolder.EvalLine, Step: at.Step, Loss: 9}), h.Close(), unlock()); err != nil {
						t.Fatal(err)
					}
					due++
				}
			} else if err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if stops < 2 || due == 0 {
			t.Fatalf("training was stopped %d times, %d of them before an evaluation: expected several and one", stops, due)
		}
		if got.BestLoss != want.BestLoss || got.BestStep != want.BestStep || got.Steps != want.Steps || got.Tokens != want.Tokens {
			t.Errorf("resumed %+v, uninterrupted %+v", got, want)
		}
		for _, file := range []string{runfolder.CheckpointsDir + "/" + trainer.CheckpointFile, c.kept} {
			a, b := toytest.TensorsOf(t, filepath.Join(root, "whole", file)), toytest.TensorsOf(t, filepath.Join(dir, file))
			if len(a) == 0 || len(a) != len(b) {
				t.Fatalf("%s holds %d and %d tensors", file, len(a), len(b))
			}
			for name := range a {
				if a[name] != b[name] {
					t.Errorf("%s: %s differs", file, name)
				}
			}
		}
		var at position
		if err := trainer.ReadPosition(whole.Folder, &at); err != nil || (at.Packed != batching.Shape{}) != c.packed {
			t.Errorf("packed batches of %s, %v", at.Packed, err)
		}
		a, _ := whole.Folder.ReadHistory()
		again, err := runfolder.Open(root, "broken")
		if err != nil {
			t.Fatal(err)
		}
		b, _ := again.ReadHistory()
		strip := func(l runfolder.HistoryLine) runfolder.HistoryLine { l.TokensPerSecond, l.Elapsed = 0, 0; return l }
		if !slices.EqualFunc(a, b, func(x, y runfolder.HistoryLine) bool { return reflect.DeepEqual(strip(x), strip(y)) }) {
			t.Errorf("histories of %d and %d lines differ", len(a), len(b))
		}
	}
}

// Two batches of 8 with summed gradients equal one batch of 16, since the examples belong to one
// length class.
func TestAccumulation(t *testing.T) {
	losses := func(batch, accumulate int) []float64 {
		e := toy(t)
		e.Training = Training{Epochs: 1, BatchSize: batch, Accumulate: accumulate, LearningRate: 0.01, Warmup: -1}
		e.Adapter.Dropout = 0
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		n, err := r.open(context.Background(), true)
		if err != nil {
			t.Fatal(err)
		}
		n.encoder.Config.HiddenDropout, n.encoder.Config.AttentionDropout = 0, 0
		examples, err := r.Examples(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		u, err := trainer.NewUpdater(toytest.Backend(t), n.Store, objective.New(classify.WholeNetwork(n.encoder), objective.CrossEntropy), r.Experiment.Training.optimizer(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer u.Close()
		// 32 examples in their order, as one batch size or the other.
		ids := n.Tokenizer.EncodeAll(data.Texts(examples.Train[:32]), 20)
		batcher, err := batching.NewBatcher(ids, data.Labels(examples.Train[:32]), batching.Options{Lengths: []int{20}, Rows: batch})
		if err != nil {
			t.Fatal(err)
		}
		batches := batcher.InOrder()
		var out []float64
		for at := 0; at < batches.Len(); at += accumulate {
			s, err := u.Step(examplesOf(batches, at, at+accumulate, nil), 0.01)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, s.Loss/s.Count, s.Norm)
		}
		return out
	}
	whole, parts := losses(16, 1), losses(8, 2)
	if len(whole) != len(parts) {
		t.Fatalf("%d and %d figures", len(whole), len(parts))
	}
	for i := range whole {
		if math.Abs(whole[i]-parts[i]) > 1e-5*math.Abs(whole[i]) {
			t.Errorf("figure %d: %v in one batch, %v in two", i, whole[i], parts[i])
		}
	}
}
