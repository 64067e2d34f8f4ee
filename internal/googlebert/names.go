package googlebert

import (
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
)

// tensorNames holds Hugging Face's names of the tensors whose names follow no rule. The
// last two belong to the classifier that Google's run_classifier.py trains.
var tensorNames = map[string]string{
	"cls/predictions/output_bias":         "cls.predictions.bias",
	"cls/seq_relationship/output_weights": "cls.seq_relationship.weight",
	"cls/seq_relationship/output_bias":    "cls.seq_relationship.bias",
	"output_weights":                      "classifier.weight",
	"output_bias":                         "classifier.bias",
}

// hubName returns Hugging Face's name of a tensor in Google's checkpoints. An unknown name
// is returned unchanged.
//
//	bert/encoder/layer_0/attention/self/query/kernel   bert.encoder.layer.0.attention.self.query.weight
//	bert/embeddings/word_embeddings                    bert.embeddings.word_embeddings.weight
//
// TensorFlow Hub's modules prefix the names with "module/". LayerNorm's gamma and beta keep
// their names here; package bert renames them, since Hugging Face's old files have them too.
//
// Source: google-research/bert, modeling.py; transformers' conversion script.
func hubName(name string) string {
	name = strings.TrimPrefix(name, "module/")
	if hub, ok := tensorNames[name]; ok {
		return hub
	}
	if !strings.HasPrefix(name, "bert/") && !strings.HasPrefix(name, "cls/") {
		return name
	}
	hub := dotted.Name(strings.ReplaceAll(name, "/layer_", "/layer."))
	if module, ok := strings.CutSuffix(hub, ".kernel"); ok {
		return module + ".weight"
	}
	if strings.HasSuffix(hub, "_embeddings") {
		return hub + ".weight"
	}
	return hub
}

// isOptimizerState reports whether a tensor of a checkpoint belongs to the optimizer.
func isOptimizerState(name string) bool {
	last := name[strings.LastIndexByte(name, '/')+1:]
	return slices.Contains([]string{
		"adam_m", "adam_v", "Adam", "Adam_1", "AdamWeightDecayOptimizer", "AdamWeightDecayOptimizer_1",
		"global_step", "beta1_power", "beta2_power",
	}, last)
}
