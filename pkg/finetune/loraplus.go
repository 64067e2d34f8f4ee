package finetune

import (
	"strings"

	"github.com/gomlx/gomlx/ml/model"
)

// group says how AdamW treats a tensor.
type group struct {
	rate  float64 // factor of the step's learning rate
	decay float64 // weight decay
}

// group is the variable's. Without LoRA+ all tensors are alike. With it the groups are
// those of PEFT's create_loraplus_optimizer, which go by a tensor's name and rank:
//
//	matrices of an adapted embedding      LoRAPlusLREmbedding  WeightDecay
//	lora_B, and whatever is a vector      ratio·rate           WeightDecay; none for biases and layer norms
//	all else: lora_A, a classifier's weight  rate              WeightDecay
//
// The schedule moves them all by the same factor.
func (t Training) group(v *model.Variable) group {
	if t.LoRAPlusLRRatio == 0 {
		return group{1, t.WeightDecay}
	}
	path := v.Path()
	switch {
	case strings.Contains(path, "/lora_embedding_"):
		return group{t.LoRAPlusLREmbedding / t.LearningRate, t.WeightDecay}
	case !strings.Contains(path, "lora_B") && v.Shape().Rank() != 1:
		return group{1, t.WeightDecay}
	case strings.Contains(path, "bias") || strings.Contains(path, "LayerNorm"):
		return group{t.LoRAPlusLRRatio, 0}
	}
	return group{t.LoRAPlusLRRatio, t.WeightDecay}
}
