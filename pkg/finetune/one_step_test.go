package finetune

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
)

// A training of one step trains: its only update has the peak learning rate, whatever the warm-up.
func TestOneStepTrains(t *testing.T) {
	for name, change := range map[string]func(*Training){
		"batch":      func(e *Training) { e.BatchSize = 96 },
		"accumulate": func(e *Training) { e.Accumulate = 1000 },
	} {
		e := toy(t)
		e.Training.Epochs = 1
		change(&e.Training)
		dir := filepath.Join(t.TempDir(), "run")
		trained, err := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)}).Train(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f, err := safetensors.Open(filepath.Join(dir, "adapter", "adapter_model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, tensor := range f.Names() {
			values, err := f.Float32(tensor)
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(tensor, "lora_B") && !slices.ContainsFunc(values, func(x float32) bool { return x != 0 }) {
				t.Errorf("%s: %s is 0 after %d step", name, tensor, trained.Steps)
			}
		}
		if trained.Steps != 1 {
			t.Errorf("%s: %d steps", name, trained.Steps)
		}
	}
}

// Logits that overflow while the weights are finite are a divergence too.
func TestOverflowingLogitsDiverge(t *testing.T) {
	e := toy(t)
	e.Method, e.Adapter = Full, lora.Config{}
	e.Training.LearningRate, e.Training.Warmup, e.Training.Evaluations = 1e19, -1, 6
	_, err := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)}).Train(t.Context())
	if !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "the logit of class") {
		t.Fatalf("the error is %v", err)
	}

}

// Weights that float32 cannot sum, and an object without a class, are refused.
func TestInvalidWeights(t *testing.T) {
	for name, weights := range map[string]map[string]float64{
		"no class": {}, "tiny": {"bad": 1e-39, "good": 1e-39}, "large sum": {"bad": 3e38, "good": 3e38},
	} {
		e := toy(t)
		e.Training.Loss.ClassWeights = objective.Weights{ByClass: weights}
		_, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
		if field := (*FieldError)(nil); !errors.As(err, &field) || field.Field != "training.loss.class_weights" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for field, loss := range map[string]objective.Loss{"training.loss.focal_gamma": {FocalGamma: 1e39}, "training.loss.label_smoothing": {LabelSmoothing: 1e-60}} {
		e := toy(t)
		e.Training.Loss = loss
		_, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
		if f := (*FieldError)(nil); !errors.As(err, &f) || f.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	e := toy(t)
	e.Adapter.Alpha = 1e39
	if _, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)}); err == nil || !strings.Contains(err.Error(), "lora_alpha") {
		t.Errorf("lora_alpha: %v", err)
	}
}
