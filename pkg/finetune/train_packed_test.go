package finetune

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// packs are the sizes of a layer for which packed batches pay even for the toy's few examples: a program
// costs nothing.
var packs = feed.Layer{Weights: math.MaxInt32}

// trainPacked trains with packed batches and returns the result.
func trainPacked(t *testing.T, r *Run) *Trained {
	t.Helper()
	r.options.layer = packs
	done, err := r.Train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var at position
	if err := trainer.ReadPosition(r.Folder, &at); err != nil || (at.Packed == batching.Shape{}) {
		t.Fatalf("the batches are not packed: %v", err)
	}
	if done.Packed != at.Packed || !strings.Contains(done.String(), fmt.Sprintf("batches of %d rows of %d tokens", at.Packed.Rows, at.Packed.Length)) {
		t.Errorf("the result does not say that batches are %s: %s, %s", at.Packed, done.Packed, done)
	}
	return done
}

// TestPackedTrainings: every method, kind of adapter and task learns from packed batches as from others,
// in as many steps and tokens.
func TestPackedTrainings(t *testing.T) {
	for name, change := range map[string]func(*Experiment){
		"DoRA, sums": func(e *Experiment) { e.Adapter.DoRA, e.Training.Accumulate = true, 2 },
		"SHiRA": func(e *Experiment) {
			e.Adapter = lora.Config{PeftType: lora.SHiRA, R: 4, TargetModules: []string{"query"}}
		},
		"EVA, pooler": func(e *Experiment) {
			e.Adapter.Init, e.Adapter.ModulesToSave = lora.InitEVA, []string{"classifier", "pooler"}
		},
		"LoRA, bfloat16": func(e *Experiment) { e.Training.Precision = precision.BFloat16 },
		"head":           func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} },
		"full":           func(e *Experiment) { e.Method, e.Adapter, e.Training.LearningRate = Full, lora.Config{}, 2e-3 },
	} {
		t.Run(name, func(t *testing.T) {
			e := toy(t)
			change(&e)
			learnsPacked(t, e, openToy)
		})
	}
	for _, task := range otherTasks {
		t.Run(string(task), func(t *testing.T) {
			e := taskToy(t, task)
			e.Training.Epochs = 3
			learnsPacked(t, e, openToy)
		})
	}
	t.Run("tags", func(t *testing.T) {
		e := tagToy(t)
		e.Training.Epochs = 3
		learnsPacked(t, e, openToy)
	})
	t.Run("pairs", func(t *testing.T) {
		learnsPacked(t, toy(t), openPairs)
	})
}

// learnsPacked trains the runs that open opens with packed batches and without, and returns both results.
// The batches of the two have other examples: the losses differ.
func learnsPacked(t *testing.T, e Experiment, open func(*testing.T, string, Experiment, Options) *Run) (packed, own *Trained) {
	t.Helper()
	packed = trainPacked(t, open(t, filepath.Join(t.TempDir(), "packed"), e, Options{}))
	own, err := open(t, filepath.Join(t.TempDir(), "own"), e, Options{}).Train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("validation loss %.3f packed, %.3f in rows of their own", packed.BestLoss, own.BestLoss)
	if own.Packed != (batching.Shape{}) || strings.Contains(own.String(), "packing") {
		t.Errorf("the result of rows of their own says that they are shared: %s, %s", own.Packed, own)
	}
	if packed.Steps != own.Steps || packed.Tokens != own.Tokens || !(packed.BestLoss < own.BestLoss+0.1*(1+own.BestLoss)) {
		t.Errorf("packed: %s, loss %v, in rows of their own: %s, loss %v", packed, packed.BestLoss, own, own.BestLoss)
	}
	return packed, own
}

// TestPackedTiny: lorabook-tiny learns from short texts in packed batches as from others.
func TestPackedTiny(t *testing.T) {
	e := toy(t)
	e.Model, e.Training = tiny.Name, Training{Epochs: 4, LearningRate: 2e-3}
	packed, own := learnsPacked(t, e, openToy)
	if packed.BestAccuracy < 0.8 || own.BestAccuracy < 0.8 {
		t.Errorf("accuracy %.3f packed, %.3f in rows of their own", packed.BestAccuracy, own.BestAccuracy)
	}
}

// TestNotPacked: no packed batches where rows are divided among devices, with cached hidden states, and
// where they do not save what a program costs.
func TestNotPacked(t *testing.T) {
	for name, c := range map[string]struct {
		layer  feed.Layer
		change func(*Experiment)
		packed bool
	}{
		"packed":        {packs, func(*Experiment) {}, true},
		"devices":       {packs, func(e *Experiment) { e.Devices = 2 }, false},
		"cached states": {packs, func(e *Experiment) { e.Training.PrefixCache, e.Adapter.LayersToTransform = precision.Float32, []int{1} }, false},
		"few examples":  {feed.Layer{}, func(*Experiment) {}, false},
		"the sample": {feed.Layer{}, func(e *Experiment) {
			*e = Experiment{Data: splits.Config{Train: -1, Validation: 60, Test: 60}}
		}, false},
		"one per batch": {packs, func(e *Experiment) { e.Training.BatchSize = 1 }, false},
	} {
		e := toy(t)
		c.change(&e)
		devices := e.Devices
		e.Devices = 0
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{layer: c.layer})
		examples, err := r.Examples(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n := openNetwork(t, r, false)
		r.Experiment.Devices = devices
		shape, err := r.packedShape(n, examples, r.trainingLengths(n, examples))
		if err != nil || (shape != batching.Shape{}) != c.packed {
			t.Errorf("%s: %s, %v", name, shape, err)
		}
	}
}
