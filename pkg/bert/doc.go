// Package bert is BERT in Go on GoMLX: its configuration, its weights, the encoder, and the
// heads for classification and for masked language modelling.
//
//	m, err := bert.Open(ctx, "bert-base-cased", bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
//	logits := m.Encoder().Logits(scope, bert.PaddedInputs(ids, lengths)) // in a graph: [batch, 2]
//
// [Open] opens a [Model] by its folder or its name on the Hugging Face hub. A Model holds a
// [Config], a tokenizer of package tokenizers and the weights: variables of a GoMLX
// model.Store, whose paths are Hugging Face's names with "/" for ".":
//
//	/bert/encoder/layer/3/attention/self/query   weight [out, in], bias [out]
//
// Besides the hub's layout, Open reads the models as Google released them: a folder or .zip
// with a TensorFlow checkpoint, and SavedModels. [Convert] writes them in the hub's layout.
//
// [New] makes an untrained model for pre-training.
//
// The encoder computes every projection with one replaceable function, [Dense], so that an
// adapter such as LoRA decorates it: this package does not depend on adapters.
//
// Sources: Devlin et al. 2019, BERT (arXiv:1810.04805); names and file formats follow
// transformers' BertModel.
package bert
