package tokenizers

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// foundToken is an added token as it is looked for.
type foundToken struct {
	text           string
	id             int32
	lstrip, rstrip bool
}

// addedTokens finds added tokens in a text: the leftmost, and of those that
// begin at one place the longest.
type addedTokens struct {
	byFirst [256][]foundToken // by first byte, longest first
	firsts  string            // the first bytes, all ASCII, to search for; empty: search bytewise
}

// newAddedTokens returns nil for no tokens.
func newAddedTokens(tokens []foundToken) *addedTokens {
	if len(tokens) == 0 {
		return nil
	}
	a := &addedTokens{}
	ascii := true
	for _, tok := range tokens {
		first := tok.text[0]
		if len(a.byFirst[first]) == 0 {
			a.firsts += string(rune(first))
			ascii = ascii && first < utf8.RuneSelf
		}
		a.byFirst[first] = append(a.byFirst[first], tok)
	}
	for i := range a.byFirst {
		slices.SortStableFunc(a.byFirst[i], func(x, y foundToken) int { return len(y.text) - len(x.text) })
	}
	if !ascii {
		a.firsts = ""
	}
	return a
}

// next finds the first token in text at or after from; at is -1 for none.
func (a *addedTokens) next(text string, from int) (at int, tok foundToken) {
	for i := from; i < len(text); i++ {
		if a.firsts != "" {
			skip := strings.IndexAny(text[i:], a.firsts)
			if skip < 0 {
				break
			}
			i += skip
		}
		for _, tok := range a.byFirst[text[i]] {
			if strings.HasPrefix(text[i:], tok.text) {
				return i, tok
			}
		}
	}
	return -1, foundToken{}
}

// split calls between for each stretch of text that holds no added token, and
// found for each token, in order, until one of them returns false.
func (a *addedTokens) split(text string, c *charTables, between func(string) bool, found func(int32) bool) bool {
	done := 0 // bytes already given away
	for from := 0; a != nil; {
		at, tok := a.next(text, from)
		if at < 0 {
			break
		}
		from = at + len(tok.text)
		start, stop := at, from
		if tok.lstrip {
			start = c.trimRight(text, at)
		}
		if tok.rstrip {
			stop = c.trimLeft(text, from)
		}
		start = max(start, done)
		if done < start && !between(text[done:start]) {
			return false
		}
		if !found(tok.id) {
			return false
		}
		done = stop
	}
	return done >= len(text) || between(text[done:])
}

// trimRight returns where the white space before text[i] begins.
func (c *charTables) trimRight(text string, i int) int {
	return len(strings.TrimRightFunc(text[:i], c.isSpace))
}

// trimLeft returns where the white space from text[i] on ends.
func (c *charTables) trimLeft(text string, i int) int {
	return len(text) - len(strings.TrimLeftFunc(text[i:], c.isSpace))
}

func (c *charTables) isSpace(r rune) bool { return c.of(r)&charSpace != 0 }
