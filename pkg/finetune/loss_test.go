package finetune

import (
	"context"
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/objective"
)

// Options of the loss are refused where they have no effect, and written only if they are set.
func TestLossOptions(t *testing.T) {
	for says, c := range map[string]struct {
		task data.Task
		loss objective.Loss
	}{
		"training.loss.class_weights":    {data.MultiLabel, objective.Loss{ClassWeights: objective.Balanced}},
		"training.loss.label_smoothing":  {data.Regression, objective.Loss{LabelSmoothing: 0.1}},
		"training.loss.focal_gamma":      {data.MultiLabel, objective.Loss{FocalGamma: 2}},
		"training.loss.positive_weights": {"", objective.Loss{PositiveWeights: objective.Balanced}},
		"below 1":                        {"", objective.Loss{LabelSmoothing: 1}},
		"a number of 0 or more":          {"", objective.Loss{FocalGamma: -1}},
		"together with label_smoothing":  {"", objective.Loss{FocalGamma: 1, LabelSmoothing: 0.1}},
		"a positive number":              {"", objective.Loss{ClassWeights: objective.Weights{ByClass: map[string]float64{"a": 0}}}},
		"is balanced and has given":      {"", objective.Loss{ClassWeights: objective.Weights{Balanced: true, ByClass: map[string]float64{"a": 1}}}},
	} {
		e := Experiment{Task: c.task, Training: Training{Loss: c.loss}}
		e, err := e.WithDefaults()
		if err != nil {
			t.Fatal(err)
		}
		if err = e.Validate(); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, expected %q", c, err, says)
		}
	}
	for _, c := range []struct {
		task data.Task
		by   objective.BestBy
	}{{"", objective.ByPearson}, {data.MultiLabel, objective.ByAccuracy}, {data.Regression, objective.ByMicroF1}} {
		e, err := Experiment{Task: c.task, Training: Training{MetricForBestModel: c.by}}.WithDefaults()
		if err != nil {
			t.Fatal(err)
		}
		toytest.WantField(t, e.Validate(), "training.metric_for_best_model")
	}
	for want, loss := range map[string]objective.Loss{
		`{}`: {},
		`{"class_weights":"balanced","focal_gamma":2}`:         {ClassWeights: objective.Balanced, FocalGamma: 2},
		`{"label_smoothing":0.1,"positive_weights":{"a":1.5}}`: {LabelSmoothing: 0.1, PositiveWeights: objective.Weights{ByClass: map[string]float64{"a": 1.5}}},
	} {
		text, err := json.Marshal(loss)
		if err != nil || string(text) != want {
			t.Errorf("%s, %v, expected %s", text, err, want)
		}
		var back objective.Loss
		if err := json.Unmarshal(text, &back); err != nil || cmp.Diff(loss, back) != "" {
			t.Errorf("%s: %v %s", want, err, cmp.Diff(loss, back))
		}
	}
	text, err := json.Marshal(Experiment{})
	if err != nil || strings.Contains(string(text), "loss\"") || strings.Contains(string(text), "task\"") {
		t.Errorf("the zero values are written: %s", text)
	}
}

// Each option changes the training, and a neutral value of it does not.
func TestLossOptionsHaveAnEffect(t *testing.T) {
	ones := objective.Weights{ByClass: map[string]float64{"bad": 1, "good": 1}}
	trained := func(loss objective.Loss) (first float64) {
		e := toy(t)
		e.Training.Epochs, e.Training.Evaluations, e.Training.Loss = 1, 1, loss
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		if _, err := r.Train(context.Background()); err != nil {
			t.Fatal(err)
		}
		lines, err := r.Folder.ReadHistory()
		if err != nil {
			t.Fatal(err)
		}
		return lines[len(lines)-2].Loss
	}
	plain := trained(objective.Loss{})
	if same := trained(objective.Loss{ClassWeights: ones}); math.Abs(same-plain) > 1e-4 {
		t.Errorf("weights of 1: loss %v, expected %v", same, plain)
	}
	for name, loss := range map[string]objective.Loss{
		"weights": {ClassWeights: objective.Weights{ByClass: map[string]float64{"bad": 1, "good": 9}}}, "smoothing": {LabelSmoothing: 0.3}, "focal": {FocalGamma: 2},
	} {
		if other := trained(loss); math.Abs(other-plain) < 1e-3 {
			t.Errorf("%s: the loss is %v with and without it", name, plain)
		}
	}
}
