package tokenizers

import "unicode/utf8"

// word returns the bounds of the first word in text at or after i: a run of characters that
// are neither white space nor punctuation, or one punctuation mark. start and end are equal
// if there is none. The words equal those of BertPreTokenizer of Hugging Face's tokenizers.
func (c *charTables) word(text []byte, i int) (start, end int) {
	const delimiter = charSpace | charPunct
	ascii := &c.pages[c.page[0]]
	start = i
	for start < len(text) { // white space
		if b := text[start]; b < utf8.RuneSelf {
			p := ascii[b]
			if p&charPunct != 0 {
				return start, start + 1
			}
			if p&charSpace == 0 {
				break
			}
			start++
			continue
		}
		r, size := utf8.DecodeRune(text[start:])
		p := c.properties(r)
		if p&charPunct != 0 {
			return start, start + size
		}
		if p&charSpace == 0 {
			break
		}
		start += size
	}
	for end = start; end < len(text); { // the word
		if b := text[end]; b < utf8.RuneSelf {
			if ascii[b]&delimiter != 0 {
				break
			}
			end++
			continue
		}
		r, size := utf8.DecodeRune(text[end:])
		if c.properties(r)&delimiter != 0 {
			break
		}
		end += size
	}
	return start, end
}
