package tokenizers

import "unicode/utf8"

// wordPiece splits words into the longest known pieces, from left to right.
//
// Source: Schuster and Nakajima 2012, "Japanese and Korean voice search"; Wu et
// al. 2016 (arXiv:1609.08144), section 4.1.
type wordPiece struct {
	first    map[string]int32 // pieces that begin a word
	inner    map[string]int32 // pieces that continue a word, without their prefix
	longest  int              // length of the longest piece in bytes
	maxRunes int              // a word of more characters becomes the unknown piece
	unknown  int32
}

func newWordPiece(pieces []string, prefix string, maxRunes int) *wordPiece {
	w := &wordPiece{first: make(map[string]int32, len(pieces)), inner: map[string]int32{}, maxRunes: maxRunes}
	for id, piece := range pieces {
		w.first[piece] = int32(id)
		if len(piece) > len(prefix) && piece[:len(prefix)] == prefix {
			w.inner[piece[len(prefix):]] = int32(id)
		}
		w.longest = max(w.longest, len(piece))
	}
	return w
}

// append appends the pieces of a word to ids, or the unknown piece for a word that has no
// pieces.
func (w *wordPiece) append(ids []int32, word []byte) []int32 {
	before := len(ids)
	if len(word) > w.maxRunes && utf8.RuneCount(word) > w.maxRunes {
		return append(ids, w.unknown)
	}
	known := w.first
	for start := 0; start < len(word); known = w.inner {
		end := min(len(word), start+w.longest)
		for ; end > start; end-- {
			if end < len(word) && !utf8.RuneStart(word[end]) {
				continue
			}
			if id, ok := known[string(word[start:end])]; ok {
				ids = append(ids, id)
				break
			}
		}
		if end == start {
			return append(ids[:before], w.unknown)
		}
		start = end
	}
	return ids
}
