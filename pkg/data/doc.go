// Package data reads labelled texts and divides them into training, validation and test sets:
//
//	set, err := data.Open(ctx, "sample") // or "imdb", a file, or a folder
//	rest, validation, err := data.Split(set.Train, 50, 42)
//	training, err := data.Subset(rest, 100, 42)
//
// [Open] reads the 600 embedded reviews ("sample"), the Large Movie Review Dataset ("imdb":
// Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL 2011) from its archive, the
// unpacked folder or the Hugging Face hub, and JSON Lines, CSV and Parquet files. It keeps the
// division into training and test reviews, and returns the same reviews in the same order
// each time. [Opener] has options, for example to read unlabelled reviews too.
//
// [Sampler] draws samples by a seed, stratified by the answers of any task. [Subset] and [Split] are
// shorter for one class per text.
//
// The package does not depend on models. Package duplicates finds duplicates among the texts,
// a tokenizer turns them into token ids, and package batching groups these into batches.
package data
