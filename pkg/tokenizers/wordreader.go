package tokenizers

import "strings"

// wordReader reads the words of a text: runs of characters that are neither white space nor punctuation, and
// single punctuation marks, after normalization. They equal those of BertPreTokenizer of Hugging Face's
// tokenizers.
type wordReader struct {
	window            // the words that are read
	text       string // the text
	at         int    // position of what is not yet read
	normalized bool   // text is normalized
	other      []byte // normalized characters of other kinds than those of window.read
	otherAt    int    // position of what is not yet read
}

// reset lets r begin with another text.
func (r *wordReader) reset(text string, normalized bool) {
	r.text, r.at, r.normalized = text, 0, normalized
	r.other, r.otherAt = r.other[:0], 0
}

// next reads words into the window, and reports whether there were characters left. Normalization moves nothing
// across a space, so that the parts between spaces are normalized one by one.
func (r *wordReader) next(n *normalizer) bool {
	for r.otherAt == len(r.other) {
		if r.at == len(r.text) {
			return false
		}
		if done := r.read(r.text[r.at:], n.lowercase && !r.normalized); done > 0 {
			r.at += done
			return true
		}
		part := firstPart(r.text[r.at:])
		r.at += len(part)
		r.other, r.otherAt = r.other[:0], 0
		if r.normalized {
			r.other = append(r.other, part...)
		} else {
			r.other = n.append(r.other, part)
		}
	}
	r.otherAt += r.readOther(r.other[r.otherAt:], n.chars)
	return true
}

// firstPart returns the characters of text up to the last space within blockBytes, or to the first one after
// them, or all if there is none.
func firstPart(text string) string {
	at := strings.LastIndexByte(text[:min(len(text), blockBytes)], ' ')
	if at < 0 {
		at = strings.IndexByte(text, ' ')
	}
	if at < 0 {
		return text
	}
	return text[:at+1]
}
