// Package data reads labelled reviews and divides them into training, validation and test sets.
//
// [Open] reads a data set from what its argument names: "sample", 600 reviews
// that are part of the package; the Large Movie Review Dataset ("IMDB": Maas et
// al., "Learning Word Vectors for Sentiment Analysis", ACL 2011) as its published
// archive, as the folder the archive unpacks to, or from the Hugging Face hub; or
// anyone's own JSON Lines, CSV or Parquet files. The official division into
// training and test reviews is kept, and the same source always gives the same
// reviews in the same order. [Opener].Unlabelled adds the reviews that nobody
// labelled, to learn the language from.
//
// [Subset] and [Split] draw from reviews class by class and by a seed. Package duplicates
// finds the duplicates among them.
//
// The package does not depend on models: a tokenizer turns the texts into token ids, and
// package batching groups these into batches.
package data
