// Package googlebert reads BERT as Google released it: TensorFlow checkpoints beside
// bert_config.json and vocab.txt, SavedModels, and .zip archives of either. It offers
// their tensors under Hugging Face's names and in Hugging Face's layout.
//
// Source: google-research/bert, modeling.py.
package googlebert
