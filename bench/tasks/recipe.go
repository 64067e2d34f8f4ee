package main

import (
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/splits"
)

// recipe configures a training on both sides. The peer reads it as JSON.
type recipe struct {
	Task         data.Task `json:"task"`
	Seed         int64     `json:"seed"` // of the initialization, the order and dropout
	Rank         int       `json:"rank"`
	Alpha        float64   `json:"alpha"`
	Dropout      float64   `json:"dropout"`
	Targets      []string  `json:"targets"`
	Epochs       int       `json:"epochs"`
	BatchSize    int       `json:"batch_size"`
	LearningRate float64   `json:"learning_rate"`
	Warmup       float64   `json:"warmup"` // share of the steps
	WeightDecay  float64   `json:"weight_decay"`
	MaxGradNorm  float64   `json:"max_grad_norm"`
	Length       int       `json:"length"` // largest number of tokens of an example
	Labels       []string  `json:"labels"` // names of the classes, in the order of the logits
}

// baseRecipe is LoRA with PEFT's default modules for BERT. The numbers of epochs and the learning
// rate suit lorabook-tiny and a few hundred examples.
var baseRecipe = recipe{
	Rank: 8, Alpha: 16, Dropout: 0.1, Targets: []string{"query", "value"},
	Epochs: 4, BatchSize: 16, LearningRate: 2e-3, Warmup: 0.06, WeightDecay: 0.01, MaxGradNorm: 1, Length: 64,
}

// validation is the number of validation examples, which a training requires. Both sides keep the
// last state, so that they select nothing.
const validation = 32

// experiment returns the recipe as a lorabook experiment on the data set at source.
func (r recipe) experiment(model, source string, t task) finetune.Experiment {
	return finetune.Experiment{
		Model: model, Task: r.Task, Seed: r.Seed,
		Data: splits.Config{
			Source: source, Columns: t.opener().Columns, BadRows: t.opener().BadRows, Train: t.train, Validation: validation, Test: t.test,
			MaxLength: r.Length, Seed: dataSeed,
		},
		Adapter: lora.Config{R: r.Rank, Alpha: r.Alpha, Dropout: r.Dropout, TargetModules: r.Targets},
		Training: finetune.Training{
			Epochs: r.Epochs, BatchSize: r.BatchSize, LearningRate: r.LearningRate, Warmup: r.Warmup, WeightDecay: r.WeightDecay, MaxGradNorm: r.MaxGradNorm,
			Evaluations: 1, MetricForBestModel: objective.Last,
		},
	}
}
