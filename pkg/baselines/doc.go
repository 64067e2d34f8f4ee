// Package baselines answers examples without BERT: with the most frequent class, or with a bag of
// words, in seconds. A fine-tuned BERT that is no better than these is not worth its cost.
//
//	majority, err := baselines.MajorityClass(set.Labels, set.Train, set.Test)
//	words, err := baselines.BagOfWords(ctx, set.Labels, set.Train, set.Test)
//	m, err := metrics.Measure(words)                                 // as for a BERT
//	c, err := metrics.Compare(ctx, words, bert, significance.Bootstrap{}) // is BERT needed at all?
//
// For examples with several classes there are [LabelFrequencies] and [BagOfWordsMultiLabel], for
// examples with a number [Mean] and [BagOfWordsRegression]. All return predictions of the test
// examples for package metrics.
//
// A bag of words is a linear model of tf-idf weights, as scikit-learn's TfidfVectorizer,
// LogisticRegression and Ridge compute it with their default settings: words of at least two
// letters in lower case, without their order. The tests compare words, weights, coefficients and
// predictions with scikit-learn. Of a pair of texts, both have tf-idf weights of their own, side
// by side: the model sees which words occur in which text, and no relation between the two.
//
// In scripts without spaces between words (Chinese, Japanese, Thai) scikit-learn's words are whole
// clauses, and those with combining vowels (Hindi) fall apart. A bag of words is weak there, and
// says little about whether BERT is needed.
//
// The results are deterministic, to the bit and on any number of processors. Memory grows with
// the number of different words per text (about 25 bytes each), not with texts times words.
package baselines
