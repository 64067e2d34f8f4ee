// Package printable makes texts from outside fit to be shown: a control character may begin an
// escape sequence of a terminal, and XML forbids most of them.
package printable

import (
	"strings"
	"unicode"
)

// Control reports whether a character must not be shown as it is: a control character, a line or
// paragraph separator, or one of the two noncharacters that XML forbids.
func Control(r rune) bool {
	return unicode.IsControl(r) || r == 0xFFFE || r == 0xFFFF || r == '\u2028' || r == '\u2029'
}

// Text replaces each control character except line feeds and tabs by a space, and broken UTF-8 by
// U+FFFD, and removes white space at the ends.
func Text(s string) string {
	return strings.TrimSpace(replace(s, func(r rune) rune {
		if r != '\n' && r != '\t' && Control(r) {
			return ' '
		}
		return r
	}))
}

// Line is Text in one line: each sequence of white space and control characters becomes one space.
func Line(s string) string {
	return strings.Join(strings.Fields(replace(s, func(r rune) rune {
		if Control(r) {
			return ' '
		}
		return r
	})), " ")
}

// Marked is Line with a mark, U+FFFD, for each control character that is no white space and for
// each other character that is not printable, so that the reader sees that something was there.
func Marked(s string) string {
	return strings.Join(strings.Fields(replace(s, func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	})), " ")
}

// Stripped removes the control characters, tabs become spaces, and white space at the ends is
// removed. Widths in a terminal are kept: spaces stay as they are.
func Stripped(s string) string {
	return strings.TrimSpace(replace(s, func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case Control(r):
			return -1
		}
		return r
	}))
}

func replace(s string, change func(rune) rune) string {
	return strings.Map(change, strings.ToValidUTF8(s, "\uFFFD"))
}
