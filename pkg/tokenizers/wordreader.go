package tokenizers

import "strings"

// wordReader reads the words of a text: runs of characters that are neither white space nor punctuation, and
// single punctuation marks, after normalization. They equal those of BertPreTokenizer of Hugging Face's
// tokenizers.
type wordReader struct {
	window         // the words that are read
	text    string // the text
	at      int    // position of what is not yet read
	other   []byte // a part of it before at that window.read does not read, normalized
	otherAt int    // position of what is not yet read
}

// reset lets r begin with another text, which may be normalized.
func (r *wordReader) reset(text string, normalized bool) {
	r.text, r.at = text, 0
	r.other, r.otherAt = r.other[:0], 0
	if normalized {
		r.text, r.other = "", append(r.other, text...)
	}
}

// next reads words into the window, and reports whether there were characters left. Normalization moves nothing
// across a space, so that the parts between spaces are normalized one by one.
func (r *wordReader) next(n *normalizer) bool {
	for r.otherAt == len(r.other) {
		if r.at == len(r.text) {
			return false
		}
		if size := r.read(r.text[r.at:], n.lowercase); size > 0 {
			r.at += size
			return true
		}
		part := firstPart(r.text[r.at:])
		r.at += len(part)
		r.other, r.otherAt = n.append(r.other[:0], part), 0
	}
	r.otherAt += r.readNormalized(r.other[r.otherAt:], n.chars)
	return true
}

// firstPart returns the characters of text up to the last space within windowBytes, or to the first one after
// them, or all if there is none.
func firstPart(text string) string {
	at := strings.LastIndexByte(text[:min(len(text), windowBytes)], ' ')
	if at < 0 {
		at = strings.IndexByte(text, ' ')
	}
	if at < 0 {
		return text
	}
	return text[:at+1]
}
