package trainer

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/finite"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/schedule"
)

// Optimizer holds the settings of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), of
// its learning rate and of LoRA+'s groups.
type Optimizer struct {
	LearningRate float64       // peak
	Schedule     schedule.Name // of the learning rate after the warm-up
	Warmup       float64       // share of the steps in which the rate rises from 0; -1 means none
	WeightDecay  float64       // of every trainable tensor, as in torch.optim.AdamW
	Beta1, Beta2 float64       // decay of the moments; -1 means 0
	Epsilon      float64       // in the denominator of the update
	MaxGradNorm  float64       // limit of the gradient's global norm; -1 means no clipping

	LoRAPlusLRRatio     float64 // factor of the rate of the matrices B and of vectors; 0: one rate for all tensors
	LoRAPlusLREmbedding float64 // peak rate of an adapted embedding's matrices, with LoRAPlusLRRatio
}

// Rate returns the learning rate of step 1, 2, ... steps.
func (o Optimizer) Rate(step, steps int) float64 {
	return schedule.Schedule{Name: o.Schedule, Peak: o.LearningRate, Warmup: o.Warmup}.Rate(step, steps)
}

// Validate returns a *settings.FieldError for the first invalid setting. prefix is the
// JSON path of the settings' parent.
func (o Optimizer) Validate(prefix string) error {
	for _, f := range []struct {
		name     string
		value    float64
		ok       bool
		expected string
	}{
		{"learning_rate", o.LearningRate, o.LearningRate > 0, "more than 0"},
		{"warmup", o.Warmup, o.Warmup == -1 || o.Warmup >= 0 && o.Warmup < 1, "more than 0 and less than 1, or -1 for none"},
		{"weight_decay", o.WeightDecay, o.WeightDecay >= 0, "at least 0"},
		{"adam_beta1", o.Beta1, isBeta(o.Beta1), expectedBeta},
		{"adam_beta2", o.Beta2, isBeta(o.Beta2), expectedBeta},
		{"adam_epsilon", o.Epsilon, o.Epsilon > 0, "more than 0"},
		{"loraplus_lr_ratio", o.LoRAPlusLRRatio, o.LoRAPlusLRRatio == 0 || o.LoRAPlusLRRatio > 0 && !math.IsInf(o.LoRAPlusLRRatio, 0), "more than 0, or 0 for one rate"},
		{"loraplus_lr_embedding", o.LoRAPlusLREmbedding, o.LoRAPlusLREmbedding == 0 || o.LoRAPlusLREmbedding > 0 && o.LoRAPlusLRRatio != 0, "more than 0, and loraplus_lr_ratio with it"},
		{"max_grad_norm", o.MaxGradNorm, o.MaxGradNorm == -1 || o.MaxGradNorm > 0, "more than 0, or -1 for no clipping"},
	} {
		if !f.ok {
			return &settings.FieldError{Field: prefix + f.name, Reason: fmt.Sprintf("is %v, expected %s", f.value, f.expected)}
		}
	}
	if err := o.validateFloat32(prefix); err != nil {
		return err
	}
	if err := o.Schedule.Validate(); err != nil {
		return &settings.FieldError{Field: prefix + "schedule", Reason: err.Error()}
	}
	return nil
}

// expectedBeta describes the values of the decay of a moment.
const expectedBeta = "more than 0 and less than 1, or -1 for 0; 0 means the default"

// isBeta reports whether a moment may have this decay. Rounded to float32 it is less than 1, too.
func isBeta(beta float64) bool { return beta == -1 || beta >= 0 && float32(beta) < 1 }

// validateFloat32 returns a *settings.FieldError for a setting that the graph of an update cannot hold.
func (o Optimizer) validateFloat32(prefix string) error {
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"learning_rate", o.LearningRate}, {"weight_decay", o.WeightDecay}, {"adam_beta1", o.Beta1}, {"adam_beta2", o.Beta2},
		{"adam_epsilon", o.Epsilon}, {"max_grad_norm", o.MaxGradNorm}, {"loraplus_lr_ratio", o.LoRAPlusLRRatio}, {"loraplus_lr_embedding", o.LoRAPlusLREmbedding},
	} {
		if err := settings.Float32(prefix+f.name, f.value); err != nil {
			return err
		}
	}
	if rate := o.LearningRate * o.LoRAPlusLRRatio; !finite.Float32(rate) {
		return &settings.FieldError{Field: prefix + "loraplus_lr_ratio", Reason: fmt.Sprintf("is %v, and its product with the learning rate, %v, is no number of float32", o.LoRAPlusLRRatio, rate)}
	}
	if factor := o.LoRAPlusLREmbedding / o.LearningRate; o.LoRAPlusLRRatio != 0 && !finite.Float32(factor) {
		return &settings.FieldError{Field: prefix + "loraplus_lr_embedding", Reason: fmt.Sprintf("is %v, and its quotient with the learning rate, %v, is no number of float32", o.LoRAPlusLREmbedding, factor)}
	}
	return nil
}

// group contains AdamW's settings for a tensor.
type group struct {
	rate  float64 // factor of the step's learning rate
	decay float64 // weight decay
}

// group returns the variable's parameter group. Without LoRA+ all tensors are in one. With it
// the groups are those of PEFT's create_loraplus_optimizer, which depend on a tensor's name and
// rank:
//
//	matrices of an adapted embedding      LoRAPlusLREmbedding  WeightDecay
//	lora_B, and all vectors               ratio·rate           WeightDecay; none for biases and layer norms
//	all others: lora_A, a classifier's weight  rate            WeightDecay
//
// The schedule scales all rates by the same factor.
func (o Optimizer) group(v *model.Variable) group {
	if o.LoRAPlusLRRatio == 0 {
		return group{1, o.WeightDecay}
	}
	path := v.Path()
	switch {
	case strings.Contains(path, "/lora_embedding_"):
		return group{o.LoRAPlusLREmbedding / o.LearningRate, o.WeightDecay}
	case !strings.Contains(path, "lora_B") && v.Shape().Rank() != 1:
		return group{1, o.WeightDecay}
	case strings.Contains(path, "bias") || strings.Contains(path, "LayerNorm"):
		return group{o.LoRAPlusLRRatio, 0}
	}
	return group{o.LoRAPlusLRRatio, o.WeightDecay}
}
