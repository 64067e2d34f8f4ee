package bert

import (
	"fmt"
	"strings"
)

// canonicalName returns this package's name of a tensor in any file of a BERT: with the prefix
// "bert.", and with the parameters of LayerNorm called weight and bias. Files of 2018 call
// them gamma and beta; files of a BertModel have no prefix.
func canonicalName(name string) string {
	switch module, last := cutLast(name); {
	case last == "gamma" && strings.HasSuffix(module, "LayerNorm"):
		name = module + ".weight"
	case last == "beta" && strings.HasSuffix(module, "LayerNorm"):
		name = module + ".bias"
	}
	for _, module := range []string{"embeddings.", "encoder.", "pooler."} {
		if strings.HasPrefix(name, module) {
			return "bert." + name
		}
	}
	return name
}

// maskedHeadPrefix begins the names of the tensors of the masked-language-model head.
const maskedHeadPrefix = "cls.predictions."

func cutLast(name string) (module, last string) {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return "", name
	}
	return name[:i], name[i+1:]
}

// Dotted names of modules and tensors, for other packages to refer to.
const (
	WordEmbeddings     = "bert.embeddings.word_embeddings.weight"     // [vocabulary, hidden]
	PositionEmbeddings = "bert.embeddings.position_embeddings.weight" // [positions, hidden]
	PoolerModule       = "bert.pooler.dense"                          // a projection: weight [hidden, hidden], bias [hidden]
	ClassifierModule   = "classifier"                                 // a projection: weight [labels, hidden], bias [labels]
	ClassifierWeight   = "classifier.weight"                          // [labels, hidden]
	MaskedLMBias       = "cls.predictions.bias"                       // [vocabulary]
)

// QueryModule returns the dotted name of the query projection of a layer, counted from 0.
func QueryModule(layer int) string {
	return fmt.Sprintf("%s%d.attention.self.query", layerPrefix, layer)
}

// Names with a meaning of their own in this package.
const (
	encoderPrefix    = "bert."
	layerPrefix      = "bert.encoder.layer."
	poolerPrefix     = "bert.pooler."
	decoderWeight    = "cls.predictions.decoder.weight"
	decoderBias      = "cls.predictions.decoder.bias"
	classifierPrefix = "classifier."
)

// isBuffer reports whether a tensor is a buffer, which the configuration determines: files of
// older versions of transformers hold the positions, 0 to the last, and the token types, 0.
func isBuffer(name string) bool {
	return name == "bert.embeddings.position_ids" || name == "bert.embeddings.token_type_ids"
}

// isClassifier reports whether a tensor belongs to the classifier.
func isClassifier(name string) bool { return strings.HasPrefix(name, classifierPrefix) }

// isSkippable reports whether a tensor that a model with this head does not have may be
// skipped: a buffer, a copy of tied weights, or a tensor of another head of transformers'
// BERT classes.
func isSkippable(name string, head Head) bool {
	switch {
	case isBuffer(name), name == MaskedLMBias, name == decoderWeight, name == decoderBias:
		return true
	case strings.HasPrefix(name, maskedHeadPrefix):
		return head != MaskedLM
	case isClassifier(name):
		return !head.HasClassifier()
	case strings.HasPrefix(name, poolerPrefix):
		return head == TokenClassification
	}
	return strings.HasPrefix(name, "cls.") || strings.HasPrefix(name, "qa_outputs.")
}
