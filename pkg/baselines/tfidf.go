package baselines

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
)

// vocabulary are the words of the training texts and their weights.
type vocabulary struct {
	words   []string         // sorted by their UTF-8 bytes, which is Python's order of strings
	columns map[string]int32 // the index of each
	idf     []float64        // ln((1 + texts) / (1 + texts with the word)) + 1
	left    int              // words that were left out, because there are more than the limit
}

// newVocabulary counts the words of texts. At most limit words are kept, the most frequent ones,
// of equally frequent ones the first in the alphabet.
func newVocabulary(texts []string, limit int) *vocabulary {
	type count struct{ times, texts, last int }
	counts := map[string]*count{}
	for i, text := range texts {
		eachWord(text, func(word string) {
			c := counts[word]
			if c == nil {
				c = &count{last: -1}
				counts[strings.Clone(word)] = c // the word would keep its text in memory
			}
			c.times++
			if c.last != i {
				c.last = i
				c.texts++
			}
		})
	}
	v := &vocabulary{words: slices.Sorted(maps.Keys(counts))}
	if len(v.words) > limit {
		v.left = len(v.words) - limit
		slices.SortStableFunc(v.words, func(a, b string) int { return cmp.Compare(counts[b].times, counts[a].times) })
		v.words = slices.Clip(v.words[:limit])
		slices.Sort(v.words)
	}
	v.columns, v.idf = make(map[string]int32, len(v.words)), make([]float64, len(v.words))
	for column, word := range v.words {
		v.columns[word] = int32(column)
		v.idf[column] = math.Log(float64(1+len(texts))/float64(1+counts[word].texts)) + 1
	}
	return v
}

// appendRow appends the tf-idf weights of a text to a matrix: the number of times that a word
// occurs, times its idf, scaled so that the squares sum to 1. Words that no training text has are
// ignored. The columns begin at offset.
func (v *vocabulary) appendRow(m *matrix, text string, offset int32) {
	from := len(m.columns)
	eachWord(text, func(word string) {
		if column, known := v.columns[word]; known {
			m.columns = append(m.columns, offset+column)
		}
	})
	slices.Sort(m.columns[from:])
	to, squares := from, 0.0
	for at := from; at < len(m.columns); {
		column, times := m.columns[at], 0
		for ; at < len(m.columns) && m.columns[at] == column; at++ {
			times++
		}
		value := float64(times) * v.idf[column-offset]
		squares += value * value
		m.columns[to] = column
		m.values = append(m.values, value)
		to++
	}
	m.columns = m.columns[:to]
	norm := math.Sqrt(squares)
	for i := from; i < to; i++ {
		m.values[i] /= norm
	}
}
