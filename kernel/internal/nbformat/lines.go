package nbformat

import (
	"strings"
	"unicode/utf8"
)

// splitLines splits a text as Python's str.splitlines(keepends=True) does, at newlines and
// other line ends.
func splitLines(text string) []string {
	lines := []string{}
	for text != "" {
		end := strings.IndexFunc(text, endsLine)
		if end < 0 {
			return append(lines, text)
		}
		r, size := utf8.DecodeRuneInString(text[end:])
		if r == '\r' && strings.HasPrefix(text[end+1:], "\n") {
			size = 2
		}
		lines = append(lines, text[:end+size])
		text = text[end+size:]
	}
	return lines
}

func endsLine(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}
