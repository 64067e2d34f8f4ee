package encoding

import (
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
)

// encodeWords encodes the words of the examples.
func (e Encoder) encodeWords(examples []data.Example) *Rows {
	r := &Rows{Examples: examples, count: len(examples), IDs: make([][]int32, len(examples)), First: make([][]int32, len(examples))}
	index := map[string]int{} // of each different word
	var words []string
	for _, example := range examples {
		for _, word := range example.Words {
			if _, ok := index[word]; !ok {
				index[word] = len(words)
				words = append(words, word)
			}
		}
	}
	encoded := e.Tokenizer.EncodeAll(words, 0)
	r.Cut.Examples, r.Cut.MaxLength, r.Cut.Truncation = len(examples), e.MaxLength, e.Truncation
	for i, example := range examples {
		ids, first := []int32{e.Tokenizer.CLS()}, make([]int32, len(example.Words))
		for w, word := range example.Words {
			first[w] = int32(len(ids))
			pieces := withoutSpecials(encoded[index[word]])
			if len(pieces) == 0 {
				first[w] = -1
				r.Cut.EmptyWords++
			}
			ids = append(ids, pieces...)
		}
		all, room := len(ids)-1, len(ids)
		if e.MaxLength > 0 {
			room = max(1, e.MaxLength-1)
		}
		kept := ids[:min(len(ids), room)]
		for w, at := range first {
			if int(at) >= len(kept) {
				first[w] = -1
				r.Cut.Words++
			}
		}
		r.counts(all, len(ids) > room, false, false, len(ids)-len(kept))
		r.IDs[i], r.First[i] = append(kept[:len(kept):len(kept)], e.Tokenizer.SEP()), first
		if e.MaxLength == 1 {
			r.IDs[i] = kept
		}
	}
	return r
}

// TokenTargets returns the tag of each word at its first token, and batching.Ignored for all other
// tokens, as transformers' run_ner.py does without label_all_tokens: the targets of the rows of an
// Encoder of Words.
func (r *Rows) TokenTargets() batching.TokenClasses {
	targets := make(batching.TokenClasses, len(r.IDs))
	for i, ids := range r.IDs {
		row := make([]int32, len(ids))
		for at := range row {
			row[at] = batching.Ignored
		}
		for w, at := range r.First[i] {
			if at >= 0 {
				row[at] = int32(r.Examples[i].Tags[w])
			}
		}
		targets[i] = row
	}
	return targets
}
