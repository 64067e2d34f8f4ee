package bert

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
)

// Head says what a model is opened for.
type Head int

const (
	NoHead         Head = iota // the encoder, with its pooler where the file has one
	Classification             // encoder, pooler and classifier: BertForSequenceClassification
	MaskedLM                   // encoder and masked-word head: BertForMaskedLM
)

// String names the head by transformers' class.
func (h Head) String() string {
	switch h {
	case Classification:
		return "BertForSequenceClassification"
	case MaskedLM:
		return "BertForMaskedLM"
	}
	return "BertModel"
}

// param is one tensor of a model.
type param struct {
	name     string // Hugging Face's, with the "bert." prefix
	shape    []int
	optional bool // a file may lack it: it is left out, or made fresh
	fresh    bool // when the file lacks it, it is made anew
}

// path is where the tensor lives in the store.
func (p param) path() string { return dotted.Path(p.name) }

// params lists every tensor of a BERT with the given head, in the order of the network.
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
	case MaskedLM: // the pooler, where there is one, is kept for whoever classifies later
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

// DenseModules lists the scopes of the projections that the encoder and the head
// build through Dense, in the order of the network: "bert/encoder/layer/0/attention/self/query", ...
// An adapter chooses among them.
func (m *Model) DenseModules() []string { return m.modules(false) }

// EmbeddingModules lists the scopes of the embeddings that the encoder looks up through
// Embedding: "bert/embeddings/word_embeddings", ... An adapter chooses among them too.
func (m *Model) EmbeddingModules() []string { return m.modules(true) }

// modules lists the scopes of the matrices that the model has: embeddings, or all others.
func (m *Model) modules(embeddings bool) []string {
	var modules []string
	for _, p := range m.Config.params(m.Head, len(m.Config.Labels)) {
		module, isWeight := strings.CutSuffix(p.name, ".weight")
		if !isWeight || len(p.shape) != 2 || strings.HasSuffix(module, "_embeddings") != embeddings {
			continue
		}
		if m.Store.GetVariable(p.path()) == nil { // a pooler that the file does not have
			continue
		}
		modules = append(modules, strings.TrimPrefix(dotted.Path(module), "/"))
	}
	return modules
}
