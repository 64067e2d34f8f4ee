package baselines

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
)

// eachWord calls f with the words of a text as TfidfVectorizer has them by default: in lower case,
// the matches of (?u)\b\w\w+\b. Those are the longest runs of letters, digits, other numbers and
// underscores, of at least two characters.
func eachWord(text string, f func(word string)) {
	text = lower(text)
	start, characters := 0, 0
	for at, r := range text {
		if isWord(r) {
			if characters == 0 {
				start = at
			}
			characters++
			continue
		}
		if characters > 1 {
			f(text[start:at])
		}
		characters = 0
	}
	if characters > 1 {
		f(text[start:])
	}
}

// isWord reports whether Python's \w matches a character.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r >= 'A' && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r)
}

// lower is Python's str.lower: the full mapping of Unicode, as for "İ" and a final sigma, which
// strings.ToLower does not have.
func lower(text string) string {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return cases.Lower(language.Und).String(text)
		}
	}
	return strings.ToLower(text)
}
