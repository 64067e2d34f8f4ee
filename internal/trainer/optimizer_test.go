package trainer

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/schedule"
)

// TestLoRAPlusGroups checks the learning rate and weight decay of each kind of tensor.
func TestLoRAPlusGroups(t *testing.T) {
	plus := Optimizer{LearningRate: 1e-4, WeightDecay: 0.1, LoRAPlusLRRatio: 16, LoRAPlusLREmbedding: 1e-6}
	alike := Optimizer{LearningRate: 1e-4, WeightDecay: 0.1}
	store := model.NewStore()
	for path, c := range map[string]struct {
		dims []int
		want group
	}{
		"/bert/encoder/layer/0/attention/self/query/lora_A/weight":         {[]int{2, 4}, group{1, 0.1}},
		"/bert/encoder/layer/0/attention/self/query/lora_B/weight":         {[]int{4, 2}, group{16, 0.1}},
		"/bert/encoder/layer/0/attention/self/query/lora_B/bias":           {[]int{4}, group{16, 0}},
		"/bert/encoder/layer/0/attention/self/query/bias":                  {[]int{4}, group{16, 0}},
		"/bert/encoder/layer/0/attention/self/query/lora_magnitude_vector": {[]int{4}, group{16, 0.1}},
		"/bert/embeddings/word_embeddings/lora_embedding_A":                {[]int{2, 9}, group{1e-2, 0.1}},
		"/bert/embeddings/word_embeddings/lora_embedding_B":                {[]int{4, 2}, group{1e-2, 0.1}},
		"/bert/encoder/layer/0/output/LayerNorm/weight":                    {[]int{4}, group{16, 0}},
		"/classifier/weight": {[]int{2, 4}, group{1, 0.1}},
		"/classifier/bias":   {[]int{2}, group{16, 0}},
	} {
		size := 1
		for _, d := range c.dims {
			size *= d
		}
		v := store.VariableWithValue(path, tensors.FromFlatDataAndDimensions(make([]float32, size), c.dims...))
		if got := plus.group(v); math.Abs(got.rate-c.want.rate) > 1e-12 || got.decay != c.want.decay {
			t.Errorf("%s: %+v, expected %+v", path, got, c.want)
		}
		if got := alike.group(v); got != (group{1, 0.1}) {
			t.Errorf("%s without LoRA+: %+v", path, got)
		}
	}
}

// The decay -1 of a moment is 0: without both moments each step is the learning rate in the direction of the
// gradient.
func TestWithoutMoments(t *testing.T) {
	y := newToy(t, t.TempDir())
	o := &y.config.Optimizer
	o.Beta1, o.Beta2, o.MaxGradNorm = -1, -1, -1
	if err := o.Validate(""); err != nil {
		t.Fatal(err)
	}
	if err := y.run(t, 0); err != nil {
		t.Fatal(err)
	}
	want := 0.0
	for step := range 20 {
		want += o.Rate(step+1, 20)
	}
	values, err := floats.Read(y.config.Store.GetVariable("/w"))
	if err != nil || math.Abs(float64(values[0])-want) > 1e-5 {
		t.Errorf("w is %v, expected the sum of the learning rates, %v; %v", values, want, err)
	}
}

// A setting that float32 cannot hold is refused by its name, and so is one at an excluded bound.
func TestInvalidSettings(t *testing.T) {
	good := Optimizer{LearningRate: 1e-3, Schedule: schedule.Linear, Warmup: 0.06, WeightDecay: 0.1, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MaxGradNorm: 1, LoRAPlusLRRatio: 16, LoRAPlusLREmbedding: 1e-6}
	if err := good.Validate(""); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		field, says string
		spoil       func(*Optimizer)
	}{
		{"learning_rate", "float32", func(o *Optimizer) { o.LearningRate = 1e-50 }},
		{"learning_rate", "float32", func(o *Optimizer) { o.LearningRate = 1e39 }},
		{"weight_decay", "float32", func(o *Optimizer) { o.WeightDecay = 1e300 }},
		{"weight_decay", "float32", func(o *Optimizer) { o.WeightDecay = 1e-60 }},
		{"adam_beta1", "float32", func(o *Optimizer) { o.Beta1 = 1e-60 }},
		{"adam_beta1", "more than 0 and less than 1, or -1 for 0", func(o *Optimizer) { o.Beta1 = 1 }},
		{"adam_beta2", "less than 1", func(o *Optimizer) { o.Beta2 = 0.99999999999 }},
		{"adam_epsilon", "float32", func(o *Optimizer) { o.Epsilon = 1e-60 }},
		{"adam_epsilon", "float32", func(o *Optimizer) { o.Epsilon = 1e300 }},
		{"max_grad_norm", "float32", func(o *Optimizer) { o.MaxGradNorm = 1e-60 }},
		{"warmup", "more than 0 and less than 1, or -1 for none", func(o *Optimizer) { o.Warmup = 1 }},
		{"loraplus_lr_ratio", "float32", func(o *Optimizer) { o.LoRAPlusLRRatio = 1e39 }},
		{"loraplus_lr_ratio", "product with the learning rate", func(o *Optimizer) { o.LoRAPlusLRRatio = 1e-37 }},
		{"loraplus_lr_embedding", "quotient", func(o *Optimizer) { o.LearningRate, o.LoRAPlusLREmbedding = 1e-30, 1e20 }},
	} {
		o := good
		c.spoil(&o)
		err := o.Validate("training.")
		if field := (*settings.FieldError)(nil); !errors.As(err, &field) || field.Field != "training."+c.field || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%d: %v, expected %s: %s", i, err, c.field, c.says)
		}
	}
}
