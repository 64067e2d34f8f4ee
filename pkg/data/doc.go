// Package data reads labelled texts:
//
//	set, err := data.Open(ctx, "sample") // or "imdb", a file, or a folder
//
// [Open] reads the 600 embedded reviews ("sample"), the Large Movie Review Dataset ("imdb":
// Maas et al., "Learning Word Vectors for Sentiment Analysis", ACL 2011) from its archive, the
// unpacked folder or the Hugging Face hub, and JSON Lines, CSV and Parquet files. It keeps the
// division into training and test reviews, and returns the same reviews in the same order
// each time. [Opener] has options, for example to read unlabelled reviews too.
//
// The package does not depend on models. Package sampling draws samples of the examples by a seed, and
// package splits the training, validation and test examples of an experiment. Package duplicates
// finds duplicates among the texts, a tokenizer turns them into token ids, and package batching
// groups these into batches.
package data
