package baselines

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/data"
)

// features compute the tf-idf weights of examples.
type features struct {
	text *vocabulary
	pair *vocabulary // of the second texts; nil if there are none
}

// newFeatures learns the words of training examples, at most limit of them for each of the two
// texts.
func newFeatures(train []data.Example, limit int) (*features, error) {
	if len(train) == 0 {
		return nil, fmt.Errorf("bag of words: no training examples")
	}
	f := &features{text: newVocabulary(data.Texts(train), limit)}
	pairs := make([]string, len(train))
	paired := false
	for i, e := range train {
		pairs[i] = e.TextPair
		paired = paired || e.TextPair != ""
	}
	if paired {
		f.pair = newVocabulary(pairs, limit)
	}
	if f.width() == 0 {
		return nil, fmt.Errorf("bag of words: the training texts have no word of at least two letters or digits")
	}
	return f, nil
}

// width is the number of columns: the words of the first texts, then those of the second.
func (f *features) width() int {
	if f.pair == nil {
		return len(f.text.words)
	}
	return len(f.text.words) + len(f.pair.words)
}

// matrix returns the weights: [examples, width].
func (f *features) matrix(examples []data.Example) (*matrix, error) {
	m := &matrix{starts: make([]int, 1, len(examples)+1), width: f.width()}
	for _, e := range examples {
		f.text.appendRow(m, e.Text, 0)
		if f.pair != nil {
			f.pair.appendRow(m, e.TextPair, int32(len(f.text.words)))
		} else if e.TextPair != "" {
			return nil, fmt.Errorf("bag of words: example %s has a second text, but no training example has one", e.ID)
		}
		m.starts = append(m.starts, len(m.columns))
	}
	return m, nil
}
