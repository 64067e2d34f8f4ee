package decode

import (
	"errors"
	"fmt"
	"html"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxText is the maximal size of one text in bytes. IMDB's longest has 13,704, and BERT reads
// about the first 2,000. A larger text is a file of another kind.
const MaxText = 1 << 20

// Clean turns HTML remains into plain text. It replaces `<br />`, in any spelling, by a line
// break and HTML entities by their characters; it trims white space at both ends, and
// replaces a run of white space by one line break if the run contains one, else by one space.
// Other markup stays, because reviewers write it themselves ("<sigh>").
func Clean(text string) string {
	return foldSpace(html.UnescapeString(breakLines(text)))
}

// breakLines replaces <br> in any spelling (<br/>, <BR />) by a line break.
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

// breakTag returns the length of the line break tag at the beginning of text, or 0.
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
	// gap replaces the white space since the last word.
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

// Prepare checks a text and cleans it, unless raw is set.
func Prepare(text string, raw bool) (string, error) {
	if len(text) > MaxText {
		return "", fmt.Errorf("text has %d bytes: expected at most %d", len(text), MaxText)
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
		return "", fmt.Errorf("%w: byte %#x at offset %d: %s", ErrNotUTF8, text[at], at, encodingHelp)
	}
	if !raw {
		text = Clean(text)
	}
	if strings.TrimSpace(text) == "" {
		return "", errors.New("text is empty, or blank once it is cleaned: leave the record out")
	}
	return text, nil
}
