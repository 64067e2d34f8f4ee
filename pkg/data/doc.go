// Package data reads reviews and turns token ids into batches.
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
// [Subset] and [Split] draw from reviews class by class and by a seed. [FindDuplicates]
// finds the copies among them, exact and near, and which to leave out of training.
//
// [Batching] groups tokenized reviews by length into batches of few static
// shapes, because a compiled engine compiles once per shape. Its order depends
// on a seed and the epoch's number alone, so a run that was interrupted finds
// the same batches again.
//
// The package knows nothing of models: tokenizing lies between the two halves.
package data
