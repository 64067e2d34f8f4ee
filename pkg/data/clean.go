package data

import (
	"errors"
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxText bounds one text, in bytes: IMDB's longest has 13,704, and a BERT reads
// the first 2,000 or so. A larger one is a file in the wrong place.
const maxText = 1 << 20

// Clean turns the remains of a web page into plain text: `<br />`, in any
// spelling, becomes a line break; HTML entities become the characters they
// stand for; white space at both ends goes; and a run of white space becomes
// one line break if it held one, else one space. Other markup stays: in a
// review it is nearly always the author's own ("<sigh>").
func Clean(text string) string {
	return foldSpace(html.UnescapeString(breakLines(text)))
}

// breakLines replaces <br>, <br/>, <BR /> and their like by a line break.
func breakLines(text string) string {
	var b strings.Builder
	rest := text
	for {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			break
		}
		b.WriteString(rest[:at])
		rest = rest[at:]
		n := breakTag(rest)
		if n > 0 {
			b.WriteByte('\n')
		} else {
			n = 1
			b.WriteByte('<')
		}
		rest = rest[n:]
	}
	if b.Len() == 0 {
		return rest
	}
	b.WriteString(rest)
	return b.String()
}

// breakTag is the length of the line break tag that text begins with, or 0.
func breakTag(text string) int {
	if len(text) < len("<br>") || !strings.EqualFold(text[:3], "<br") {
		return 0
	}
	const space = " \t\r\n"
	rest := strings.TrimLeft(text[3:], space)
	rest = strings.TrimLeft(strings.TrimPrefix(rest, "/"), space)
	if !strings.HasPrefix(rest, ">") {
		return 0
	}
	return len(text) - len(rest) + 1
}

func foldSpace(text string) string {
	var b strings.Builder
	b.Grow(len(text))
	// gap is what stands for the white space since the last word.
	gap, word := byte(0), 0
	flush := func(end int) {
		if end == word {
			return
		}
		if gap != 0 && b.Len() > 0 {
			b.WriteByte(gap)
		}
		gap = 0
		b.WriteString(text[word:end])
	}
	for i, r := range text {
		if !unicode.IsSpace(r) {
			continue
		}
		flush(i)
		word = i + utf8.RuneLen(r)
		if r == '\n' || r == '\r' {
			gap = '\n'
		} else if gap == 0 {
			gap = ' '
		}
	}
	flush(len(text))
	return b.String()
}

// prepare checks a text that was read and cleans it unless raw is wanted.
func (o Opener) prepare(text string) (string, error) {
	if len(text) > maxText {
		return "", fmt.Errorf("text has %d bytes: want at most %d", len(text), maxText)
	}
	if !utf8.ValidString(text) {
		at := 0
		for text[at:] != "" {
			r, n := utf8.DecodeRuneInString(text[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
		return "", fmt.Errorf("%w: byte %#x at offset %d: convert it to UTF-8", ErrNotUTF8, text[at], at)
	}
	if !o.Raw {
		text = Clean(text)
	}
	if strings.TrimSpace(text) == "" {
		return "", errors.New("text is empty, or blank once it is cleaned: leave the record out")
	}
	return text, nil
}
