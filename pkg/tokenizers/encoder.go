package tokenizers

import "math"

// textEncoder holds the buffers and the cache with which one goroutine encodes texts.
type textEncoder struct {
	t     *Tokenizer
	words wordReader // of a text
	ids   []int32    // of the current text
	cache *wordCache // ids of words
}

const noLimit = math.MaxInt

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

// pieces returns at most limit ids of text without special tokens, valid until the next
// call.
func (e *textEncoder) pieces(text string, limit int) []int32 {
	e.ids = e.ids[:0]
	e.encode(text, limit)
	return e.ids
}

// encode appends at most limit ids of text to e.ids. It stops at the limit, since the pieces
// of a word do not depend on the words after it.
func (e *textEncoder) encode(text string, limit int) {
	end := noLimit
	if limit < noLimit-len(e.ids) {
		end = len(e.ids) + limit
	}
	e.split(text, func(words *window) bool {
		e.ids = e.cache.appendIDs(e.ids, words, end, e.t.wordPiece)
		return len(e.ids) < end
	}, func(token int32) bool {
		e.ids = append(e.ids, token)
		return len(e.ids) < end
	})
	e.ids = e.ids[:min(len(e.ids), end)]
}

// split calls words for the words of each part of the text without special or added tokens,
// and token for the id of each such token, in order, until one of them returns false.
func (e *textEncoder) split(text string, words func(*window) bool, token func(int32) bool) {
	t := e.t
	t.raw.split(text, t.normalizer.chars, func(stretch string) bool {
		if t.normal == nil {
			return e.read(stretch, false, words)
		}
		return t.normal.split(string(t.normalizer.append(nil, stretch)), t.normalizer.chars, func(between string) bool {
			return e.read(between, true, words)
		}, token)
	}, token)
}

// read calls words for the words of a text until it returns false, and reports whether it did not.
func (e *textEncoder) read(text string, normalized bool, words func(*window) bool) bool {
	for e.words.reset(text, normalized); e.words.next(e.t.normalizer); {
		if !words(&e.words.window) {
			return false
		}
	}
	return true
}
