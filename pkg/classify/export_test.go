package classify

import "github.com/gomlx/gomlx/ml/model"

// GraphStore returns the weights of the service's graph.
func (s *Service) GraphStore() *model.Store { return s.places.store }

// SetWordsInFile sets the size from which word embeddings stay in their file, and returns the earlier
// one.
func SetWordsInFile(bytes int64) (before int64) {
	before, wordsInFile = wordsInFile, bytes
	return before
}

// ReadsWords reports whether the service reads the rows of the word embeddings from their file.
func (s *Service) ReadsWords() bool { return s.model.Words != nil }

// Runners returns the number of batches that a service computes at a time.
func Runners() int { return runners() }
