// Package bert is BERT in Go on GoMLX: configuration, WordPiece tokens, weights
// in and out, the encoder, and its heads for classification and for masked words.
//
// A Model is opened by folder or by hub name and holds all three parts that
// belong together: the Config, the Tokenizer and the weights, which live in a
// GoMLX model.Store under Hugging Face's own module names with "/" for ".":
//
//	/bert/encoder/layer/3/attention/self/query   weight [out, in], bias [out]
//
// Besides the hub's layout it reads the models that Google released, as they are: a
// folder or .zip with a TensorFlow checkpoint, and SavedModels. [Convert] writes them
// in the hub's layout.
//
// A model of one's own begins with [tokenizers.TrainVocabulary], which makes the word pieces of
// texts, and [tokenizers.New], which makes fresh weights. It learns the language by pre-training:
// package finetune's Pretrain.
//
// The encoder builds every projection through one replaceable function, Dense,
// so that an adapter such as LoRA decorates it without this package knowing.
//
// Sources: Devlin et al. 2019, BERT (arXiv:1810.04805); names and file formats
// follow transformers' BertModel.
package bert
