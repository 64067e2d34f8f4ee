package tokenizers

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// foundToken is an added token as it is searched for.
type foundToken struct {
	text           string
	id             int32
	lstrip, rstrip bool
}

// addedTokens finds added tokens in a text: the leftmost first, and of several at one
// position the longest.
type addedTokens struct {
	byFirst [256][]foundToken // by first byte, longest first
	firsts  string            // the first bytes if all are ASCII; empty: compare at every byte
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

// next finds the first token at or after position from of the text; position is -1 if there
// is none.
func (a *addedTokens) next(text string, from int) (position int, tok foundToken) {
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

// split calls between for each part of the text without an added token, and found for each
// added token, in order, until one of them returns false.
func (a *addedTokens) split(text string, c *charTables, between func(string) bool, found func(int32) bool) bool {
	done := 0 // bytes handed over
	for from := 0; a != nil; {
		position, tok := a.next(text, from)
		if position < 0 {
			break
		}
		from = position + len(tok.text)
		start, stop := position, from
		if tok.lstrip {
			start = c.trimRight(text, position)
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

// trimRight returns the position at which the white space before text[i] begins.
func (c *charTables) trimRight(text string, i int) int {
	return len(strings.TrimRightFunc(text[:i], c.isSpace))
}

// trimLeft returns the position at which the white space from text[i] on ends.
func (c *charTables) trimLeft(text string, i int) int {
	return len(text) - len(strings.TrimLeftFunc(text[i:], c.isSpace))
}

func (c *charTables) isSpace(r rune) bool { return c.properties(r)&charSpace != 0 }
