package googlebert

import (
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
)

// tensorNames are the tensors whose names follow no rule. The last two are the
// classifier that Google's run_classifier.py trains.
var tensorNames = map[string]string{
	"cls/predictions/output_bias":         "cls.predictions.bias",
	"cls/seq_relationship/output_weights": "cls.seq_relationship.weight",
	"cls/seq_relationship/output_bias":    "cls.seq_relationship.bias",
	"output_weights":                      "classifier.weight",
	"output_bias":                         "classifier.bias",
}

// HubName turns the name of a tensor in Google's checkpoints into the hub's, and
// leaves a name that it does not know as it is:
//
//	bert/encoder/layer_0/attention/self/query/kernel   bert.encoder.layer.0.attention.self.query.weight
//	bert/embeddings/word_embeddings                    bert.embeddings.word_embeddings.weight
//
// TensorFlow Hub's modules put "module/" before it. LayerNorm's gamma and beta are
// canonicalName's.
// Source: google-research/bert, modeling.py; transformers' conversion script.
func HubName(name string) string {
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

// OfTraining reports whether a tensor of a checkpoint is the optimizer's, not the
// network's.
func OfTraining(name string) bool {
	last := name[strings.LastIndexByte(name, '/')+1:]
	return slices.Contains([]string{
		"adam_m", "adam_v", "Adam", "Adam_1", "AdamWeightDecayOptimizer", "AdamWeightDecayOptimizer_1",
		"global_step", "beta1_power", "beta2_power",
	}, last)
}
