package bert

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
)

// Head is the head that a model has on its encoder.
type Head int

const (
	NoHead         Head = iota // the encoder, with the pooler if the file has one: BertModel
	Classification             // encoder, pooler and classifier: BertForSequenceClassification
	MaskedLM                   // encoder and masked-language-model head: BertForMaskedLM

	// TokenClassification is an encoder without a pooler, and a classifier of every token:
	// BertForTokenClassification.
	TokenClassification
)

// String returns the name of transformers' class with this head.
func (h Head) String() string {
	switch h {
	case Classification:
		return "BertForSequenceClassification"
	case MaskedLM:
		return "BertForMaskedLM"
	case TokenClassification:
		return "BertForTokenClassification"
	}
	return "BertModel"
}

// param is one tensor of a model.
type param struct {
	name     string // Hugging Face's dotted name, with the prefix "bert."
	shape    []int
	optional bool // a file may lack the tensor
	fresh    bool // the tensor is initialized if the file lacks it
}

// path returns the path of the tensor's variable.
func (p param) path() string { return dotted.Path(p.name) }

// projection returns the scope of the projection of an encoder's layer whose matrix the tensor is,
// and whether it is one.
func (p param) projection() (module string, ok bool) {
	name, isWeight := strings.CutSuffix(p.name, ".weight")
	if !isWeight || len(p.shape) != 2 || !strings.HasPrefix(p.name, "bert.encoder.layer.") {
		return "", false
	}
	return strings.TrimPrefix(dotted.Path(name), "/"), true
}

// HasClassifier reports whether the head has a classifier, whose classes are Config.Labels.
func (h Head) HasClassifier() bool { return h == Classification || h == TokenClassification }

// params returns every tensor of a BERT with a head, in the order of the network.
func (c Config) params(head Head, labels int) []param {
	var list []param
	add := func(name string, shape ...int) { list = append(list, param{name: name, shape: shape}) }
	dense := func(name string, out, in int) {
		add(name+".weight", out, in)
		add(name+".bias", out)
	}
	norm := func(name string) {
		add(name+".weight", c.HiddenSize)
		add(name+".bias", c.HiddenSize)
	}
	add("bert.embeddings.word_embeddings.weight", c.VocabSize, c.HiddenSize)
	add("bert.embeddings.position_embeddings.weight", c.MaxPositionEmbeddings, c.HiddenSize)
	add("bert.embeddings.token_type_embeddings.weight", c.TypeVocabSize, c.HiddenSize)
	norm("bert.embeddings.LayerNorm")
	for i := range c.NumHiddenLayers {
		layer := fmt.Sprintf("bert.encoder.layer.%d.", i)
		for _, name := range []string{"query", "key", "value"} {
			dense(layer+"attention.self."+name, c.HiddenSize, c.HiddenSize)
		}
		dense(layer+"attention.output.dense", c.HiddenSize, c.HiddenSize)
		norm(layer + "attention.output.LayerNorm")
		dense(layer+"intermediate.dense", c.IntermediateSize, c.HiddenSize)
		dense(layer+"output.dense", c.HiddenSize, c.IntermediateSize)
		norm(layer + "output.LayerNorm")
	}
	mark := len(list)
	switch head {
	case NoHead:
		dense("bert.pooler.dense", c.HiddenSize, c.HiddenSize)
		for i := mark; i < len(list); i++ {
			list[i].optional = true
		}
	case Classification:
		dense("bert.pooler.dense", c.HiddenSize, c.HiddenSize)
		dense("classifier", labels, c.HiddenSize)
		for i := mark; i < len(list); i++ {
			list[i].optional, list[i].fresh = true, true
		}
	case TokenClassification:
		dense("classifier", labels, c.HiddenSize)
		for i := mark; i < len(list); i++ {
			list[i].optional, list[i].fresh = true, true
		}
	case MaskedLM: // a pooler is kept for training a classifier later
		dense("bert.pooler.dense", c.HiddenSize, c.HiddenSize)
		for i := mark; i < len(list); i++ {
			list[i].optional = true
		}
		dense("cls.predictions.transform.dense", c.HiddenSize, c.HiddenSize)
		norm("cls.predictions.transform.LayerNorm")
		if c.UntiedDecoder {
			dense("cls.predictions.decoder", c.VocabSize, c.HiddenSize)
		} else {
			add(MaskedLMBias, c.VocabSize)
		}
	}
	return list
}

// DenseModules returns the scopes of the projections that the encoder and the head compute
// with Dense, in the order of the network: "bert/encoder/layer/0/attention/self/query", ...
// An adapter chooses among them.
func (m *Model) DenseModules() []string { return m.modules(false) }

// EmbeddingModules returns the scopes of the embeddings that the encoder looks up with
// Embedding: "bert/embeddings/word_embeddings", ... An adapter chooses among them.
func (m *Model) EmbeddingModules() []string { return m.modules(true) }

// modules returns the scopes of the model's matrices: the embeddings, or all others.
func (m *Model) modules(embeddings bool) []string {
	var modules []string
	for _, p := range m.Config.params(m.Head, len(m.Config.Labels)) {
		module, isWeight := strings.CutSuffix(p.name, ".weight")
		if !isWeight || len(p.shape) != 2 || strings.HasSuffix(module, "_embeddings") != embeddings {
			continue
		}
		if m.Variable(p.name) == nil { // a pooler that the file lacks
			continue
		}
		modules = append(modules, strings.TrimPrefix(dotted.Path(module), "/"))
	}
	return modules
}
