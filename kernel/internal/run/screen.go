package run

import (
	"strings"
	"unicode/utf8"
)

// screen is a text as a terminal shows it: a carriage return or a backspace moves back
// in the line, what follows overwrites, ESC [ K erases. So a progress bar that was drawn
// a thousand times is saved once. Other escape sequences (colours) are kept.
type screen struct {
	lines  strings.Builder // the lines that are complete
	line   []rune          // the one that is not
	column int
	rest   string // the start of an escape sequence or a character that write has not seen whole
}

func (s *screen) write(text string) {
	text = s.rest + text
	s.rest = ""
	for text != "" {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case !utf8.FullRuneInString(text):
			s.rest = text
			return
		case r == '\n':
			s.lines.WriteString(string(s.line))
			s.lines.WriteByte('\n')
			s.line, s.column = s.line[:0], 0
		case r == '\r':
			s.column = 0
		case r == '\b':
			s.column = max(0, s.column-1)
		case strings.HasPrefix("\x1b[", text): // perhaps an erase, once the rest is there
			s.rest = text
			return
		case strings.HasPrefix(text, "\x1b["):
			parameter := strings.TrimLeft(text[2:], "0123456789;?")
			if parameter == "" {
				s.rest = text
				return
			}
			size = len(text) - len(parameter) + 1
			if parameter[0] == 'K' {
				s.erase(text[2 : size-1])
			} else {
				size = 1
				s.put(r)
			}
		default:
			s.put(r)
		}
		text = text[size:]
	}
}

func (s *screen) put(r rune) {
	for len(s.line) <= s.column {
		s.line = append(s.line, ' ')
	}
	s.line[s.column] = r
	s.column++
}

// erase clears the line: what follows the cursor, what precedes it ("1") or all ("2").
func (s *screen) erase(what string) {
	switch what {
	case "", "0":
		s.line = s.line[:min(s.column, len(s.line))]
	case "1":
		for i := range min(s.column+1, len(s.line)) {
			s.line[i] = ' '
		}
	case "2":
		s.line = s.line[:0]
	}
}

func (s *screen) String() string {
	return s.lines.String() + string(s.line) + s.rest
}
