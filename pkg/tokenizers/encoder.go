package tokenizers

import "math"

// textEncoder is what one goroutine needs to encode texts, kept between texts.
type textEncoder struct {
	t     *Tokenizer
	text  []byte             // the normal form of the stretch at hand
	ids   []int32            // of the text at hand
	cache map[string][]int32 // pieces of words that are not a piece themselves
}

const noLimit = math.MaxInt

// cacheWords bounds the cache. Texts cut the same words over and over, but the
// rare ones never end.
const cacheWords = 1 << 15

// single returns [CLS] text [SEP] in at most maxLen ids, valid until the next call.
func (e *textEncoder) single(text string, maxLen int) []int32 {
	const specials = 2
	limit := noLimit
	if maxLen > 0 {
		limit = max(0, maxLen-specials)
	}
	e.ids = append(e.ids[:0], e.t.cls)
	e.encode(text, limit)
	e.ids = append(e.ids, e.t.sep)
	if maxLen > 0 && len(e.ids) > maxLen {
		e.ids = e.ids[:maxLen]
	}
	return e.ids
}

// pieces returns the ids of text alone, at most limit, valid until the next call.
func (e *textEncoder) pieces(text string, limit int) []int32 {
	e.ids = e.ids[:0]
	e.encode(text, limit)
	return e.ids
}

// encode adds at most limit ids of text to e.ids. It stops as soon as they are full:
// pieces depend on nothing that follows their word.
func (e *textEncoder) encode(text string, limit int) {
	end := noLimit
	if limit < noLimit-len(e.ids) {
		end = len(e.ids) + limit
	}
	e.split(text, func(words []byte) bool {
		return e.words(words, end)
	}, func(token int32) bool {
		e.ids = append(e.ids, token)
		return len(e.ids) < end
	})
	e.ids = e.ids[:min(len(e.ids), end)]
}

// split hands over text in order, part by part, until one of the two functions
// returns false: to words normalized text that no special or added token stands
// in, valid until it returns, and to token the ids of the tokens between.
func (e *textEncoder) split(text string, words func([]byte) bool, token func(int32) bool) {
	t := e.t
	t.raw.split(text, t.normalizer.chars, func(stretch string) bool {
		e.text = t.normalizer.append(e.text[:0], stretch)
		if t.normal == nil {
			return words(e.text)
		}
		return t.normal.split(string(e.text), t.normalizer.chars, func(between string) bool {
			return words([]byte(between))
		}, token)
	}, token)
}

// words adds the pieces of every word of a normalized text, and reports whether
// there is room for more.
func (e *textEncoder) words(text []byte, end int) bool {
	chars := e.t.normalizer.chars
	for i := 0; len(e.ids) < end; {
		start, stop := chars.word(text, i)
		if start == stop {
			return true
		}
		e.word(text[start:stop])
		i = stop
	}
	return false
}

func (e *textEncoder) word(word []byte) {
	w := e.t.wordPiece
	if id, ok := w.first[string(word)]; ok && len(word) <= w.maxRunes {
		e.ids = append(e.ids, id)
		return
	}
	if ids, ok := e.cache[string(word)]; ok {
		e.ids = append(e.ids, ids...)
		return
	}
	before := len(e.ids)
	e.ids = w.append(e.ids, word)
	if len(word) > w.maxRunes {
		return // not worth its memory
	}
	if len(e.cache) >= cacheWords {
		clear(e.cache)
	}
	e.cache[string(word)] = append([]int32(nil), e.ids[before:]...)
}
