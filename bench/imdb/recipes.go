package main

import (
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Validation reviews of every recipe, held out of the training half.
const validation = 1000

// recipe is an experiment on the whole data set.
type recipe struct {
	name, what string
	experiment finetune.Experiment
}

var recipes = []recipe{
	{
		"lora-256", "LoRA on all projections, 256 tokens, head and tail",
		finetune.Experiment{Data: reviews(256), Adapter: everywhere, Training: epochs(2)},
	},
	{
		"lora-256-once", "the same in one epoch",
		finetune.Experiment{Data: reviews(256), Adapter: everywhere, Training: epochs(1)},
	},
	{
		"lora-512", "LoRA on all projections, 512 tokens, head and tail",
		finetune.Experiment{Data: reviews(512), Adapter: everywhere, Training: keepLast(epochs(2))},
	},
	{
		"share-rank", "30 epochs, the rank that holds a share of 0.2 of the weights of the upper two layers, alpha 1",
		finetune.Experiment{Data: reviews(256), Adapter: upper(lora.Config{Fraction: 0.2, Alpha: 1}), Training: thirtyEpochs},
	},
	{
		"share-mask", "30 epochs, a share of 0.2 of the weights of the upper two layers learns (SHiRA)",
		finetune.Experiment{Data: reviews(256), Adapter: upper(lora.Config{PeftType: lora.SHiRA, Fraction: 0.2}), Training: thirtyEpochs},
	},
	{
		"full-256", "full fine-tuning, 256 tokens, head and tail",
		finetune.Experiment{Method: finetune.Full, Data: reviews(256), Training: keepLast(finetune.Training{Epochs: 2, LearningRate: 2e-5, Evaluations: 4, Precision: precision.BFloat16})},
	},
}

var (
	everywhere   = lora.Config{R: 16, Alpha: 32, Dropout: 0.1, TargetModules: []string{lora.AllLinear}}
	thirtyEpochs = finetune.Training{Epochs: 30, LearningRate: 1e-3, Evaluations: 1, Precision: precision.BFloat16, PrefixCache: precision.BFloat16}
)

// epochs is the training of an adapter on all layers.
func epochs(n int) finetune.Training {
	return finetune.Training{Epochs: n, LearningRate: 3e-4, Evaluations: 4, Precision: precision.BFloat16}
}

// keepLast keeps the last state of a training of few epochs, where the learning rate is 0. The result of
// lora-256, which keeps the state with the lowest validation loss, showed why: 1,000 reviews determine the
// loss too roughly to choose between its first epoch and its second.
func keepLast(t finetune.Training) finetune.Training {
	t.MetricForBestModel = objective.Last
	return t
}

// reviews is IMDB with at most length tokens of a review.
func reviews(length int) splits.Config {
	return splits.Config{Source: "imdb", Train: -1, Validation: validation, Test: -1, MaxLength: length, Truncation: encoding.HeadTail}
}

// upper restricts an adapter to query and value of the upper two layers of BERT-base, so that the
// hidden states below are computed once.
func upper(c lora.Config) lora.Config {
	for _, layer := range []string{"10", "11"} {
		c.TargetModules = append(c.TargetModules, layer+".attention.self.query", layer+".attention.self.value")
	}
	return c
}

// find returns the recipe with a name.
func find(name string) (recipe, bool) {
	for _, r := range recipes {
		if r.name == name {
			return r, true
		}
	}
	return recipe{}, false
}
