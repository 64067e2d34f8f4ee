// Package tokenizers computes BERT's WordPiece tokens: text to ids and back, id for id as
// Hugging Face's tokenizers and transformers' BertTokenizer, cased and uncased.
//
//	tokenizer, err := tokenizers.Open("path/to/model")
//	ids := tokenizer.Encode("It was a good film.", 128) // [CLS] it was a good film . [SEP]
//	text := tokenizer.Decode(ids)
//
// [Open] reads the tokenizer of a model's folder, [New] makes one from a vocabulary, and
// [TrainVocabulary] trains a vocabulary on texts. A [Tokenizer] never changes: goroutines
// may share it.
//
// Sources: Schuster and Nakajima 2012, "Japanese and Korean voice search"; Devlin et al.
// 2019, BERT (arXiv:1810.04805); the file formats are those of Hugging Face's tokenizers
// 0.23 and transformers 5.
package tokenizers
