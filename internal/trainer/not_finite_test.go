package trainer

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/finite"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// The error about a loss that is not finite names the step; before the first update it does not blame the
// learning rate, after it, it does.
func TestLossIsNotFinite(t *testing.T) {
	y := newToy(t, t.TempDir())
	y.config.Objective = Objective{Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
		sum, count = regression.Loss(root, in)
		return graph.MulScalar(sum, math.Inf(1)), count
	}}
	err := y.run(t, 0)
	if err == nil || !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "training step 1") || !strings.Contains(err.Error(), "the learning_rate is not the cause") || strings.Contains(err.Error(), "lower") {
		t.Errorf("the error is %v", err)
	}
	y = newToy(t, t.TempDir())
	y.config.Optimizer.LearningRate = 1e30
	if err := y.run(t, 0); !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "lower learning_rate than 1e+30") {
		t.Errorf("with a high learning rate the error is %v", err)
	}
}

// The error about a gradient that is not finite names its tensor, and the checkpoint stays finite.
func TestGradientIsNotFinite(t *testing.T) {
	y := newToy(t, t.TempDir())
	y.config.Store.VariableWithValue("/adapter/lora_A", []float32{0}).SetTrainable(true)
	y.config.Objective = Objective{Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
		sum, count = regression.Loss(root, in)
		a := root.Store().GetVariable("/adapter/lora_A").NodeValue(sum.Graph())
		return graph.Add(sum, graph.ReduceAllSum(graph.Sqrt(a))), count // the derivative of the root is infinite at 0
	}}
	err := y.run(t, 0)
	if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "training step 1") || !strings.Contains(err.Error(), "norm of the gradient") ||
		!strings.Contains(err.Error(), "adapter.lora_A") || !strings.Contains(err.Error(), "lora_alpha") {
		t.Errorf("the error is %v", err)
	}
	if y.config.Folder.Has(filepath.Join(runfolder.CheckpointsDir, CheckpointFile)) {
		t.Error("the state after the step was saved")
	}
}

// An evaluation of weights that are not finite blames the training, not the answers.
func TestWeightsAreNotFinite(t *testing.T) {
	for name, measure := range map[string]func() (Result, error){
		"error": func() (Result, error) { return Result{}, errors.New("example 3: logit NaN") },
		"loss":  func() (Result, error) { return Result{Loss: math.NaN()}, nil },
		// As with a row of the word embeddings that no text of the evaluation uses.
		"weight without effect": func() (Result, error) { return Result{Loss: 1}, nil },
	} {
		t.Run(name, func(t *testing.T) {
			y := newToy(t, t.TempDir())
			y.config.Optimizer.WeightDecay, y.config.Optimizer.LearningRate = 1e38, 1e38
			y.config.Batches = numbers{1, 1}
			y.config.Evaluate.Measure = func(context.Context) (Result, error) { return measure() }
			if err := y.config.Store.GetVariable("/w").SetValue(tensors.FromValue([]float32{1e15})); err != nil {
				t.Fatal(err)
			}
			err := y.run(t, 0)
			if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "after step 1") || strings.Count(err.Error(), "1 of 1 trained tensors are not finite, the first w:") != 1 || !strings.Contains(err.Error(), "weight_decay than 1e+38") {
				t.Errorf("the error is %v", err)
			}
		})
	}
	// Predictions of finite weights may overflow.
	for name, measure := range map[string]func() (Result, error){
		"error": func() (Result, error) { return Result{}, fmt.Errorf("example 3: logit NaN, %w", finite.ErrNotFinite) },
		"loss":  func() (Result, error) { return Result{Loss: math.Inf(1)}, nil },
	} {
		y := newToy(t, t.TempDir())
		y.config.Evaluate.Measure = func(context.Context) (Result, error) { return measure() }
		if err := y.run(t, 0); !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "lower learning_rate") || strings.Contains(err.Error(), "not finite, the first") {
			t.Errorf("%s of finite weights: %v", name, err)
		}
	}
	y := newToy(t, t.TempDir())
	cause := errors.New("the disk is full")
	y.config.Evaluate.Measure = func(context.Context) (Result, error) { return Result{}, cause }
	if err := y.run(t, 0); !errors.Is(err, cause) || errors.Is(err, ErrDiverged) {
		t.Errorf("another error became %v", err)
	}
}

// A stopped training with weights that are not finite keeps the last checkpoint with finite ones.
func TestDivergedStateIsNotSaved(t *testing.T) {
	y := newToy(t, t.TempDir())
	path := y.config.Folder.Path(runfolder.CheckpointsDir, CheckpointFile)
	listen := y.config.OnHistory
	y.config.OnHistory = func(l runfolder.HistoryLine) {
		listen(l)
		if l.Kind == runfolder.TrainLine && l.Step == 3 {
			if err := y.config.Store.GetVariable("/w").SetValue(tensors.FromValue([]float32{float32(math.NaN())})); err != nil {
				t.Error(err)
			}
		}
	}
	err := y.run(t, 3)
	if !errors.Is(err, ErrDiverged) || errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), "checkpoint of step 3 is not written") || !strings.Contains(err.Error(), "1 of 1 trained tensors") {
		t.Errorf("the error is %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the checkpoint was written: %v", err)
	}
}
