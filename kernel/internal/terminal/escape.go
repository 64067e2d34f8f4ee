package terminal

import (
	"strconv"
	"strings"
)

// sequence is an escape sequence.
type sequence struct {
	size       int    // in bytes; 0 if the text ends within it
	final      byte   // the function of a control sequence (ESC [); 0 for other sequences
	parameters string // of a control sequence
	link       string // the address of a hyperlink (OSC 8)
	isLink     bool
}

// longestString is the maximum length of an operating system command.
const longestString = 4096

// parseSequence reads the escape sequence at the start of a text (ECMA-48, 5.3 to 5.6).
func parseSequence(text string) sequence {
	if len(text) < 2 {
		return sequence{}
	}
	switch text[1] {
	case '[':
		return parseControl(text)
	case ']', 'P', '_', '^', 'X':
		return parseString(text)
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c >= 0x20 && c <= 0x2f:
		case c >= 0x30 && c <= 0x7e:
			return sequence{size: i + 1}
		default:
			return sequence{size: i} // not a sequence: the rest is text
		}
	}
	return sequence{}
}

// parseControl reads a control sequence: ESC [, parameters, intermediate bytes, a final byte.
func parseControl(text string) sequence {
	i := 2
	for i < len(text) && text[i] >= 0x30 && text[i] <= 0x3f {
		i++
	}
	parameters := text[2:i]
	intermediate := i
	for i < len(text) && text[i] >= 0x20 && text[i] <= 0x2f {
		i++
	}
	switch {
	case i == len(text):
		return sequence{}
	case text[i] < 0x40 || text[i] > 0x7e:
		return sequence{size: i}
	case i > intermediate:
		return sequence{size: i + 1} // none that moves or colours
	}
	return sequence{size: i + 1, final: text[i], parameters: parameters}
}

// parseString reads a sequence with a string, up to BEL or ESC \.
func parseString(text string) sequence {
	end := strings.IndexAny(text[2:], "\a\x1b")
	switch {
	case end < 0 && len(text) > longestString:
		return sequence{size: 2}
	case end < 0:
		return sequence{}
	}
	size := 2 + end + 1
	if text[size-1] == 0x1b {
		if size == len(text) {
			return sequence{}
		}
		if text[size] != '\\' {
			return sequence{size: size - 1}
		}
		size++
	}
	found := sequence{size: size}
	if content, ok := strings.CutPrefix(text[1:2+end], "]8;"); ok {
		_, found.link, found.isLink = strings.Cut(content, ";")
	}
	return found
}

// execute executes a sequence. Unknown sequences have no effect.
func (s *Screen) execute(q sequence) {
	if q.isLink {
		s.pen.link = q.link
		return
	}
	n, _ := strconv.Atoi(q.parameters)
	n = min(max(n, 1), longest)
	if q.final == 'B' || q.final == 'E' {
		n = min(n, height)
	}
	switch q.final {
	case 'm':
		s.pen.apply(q.parameters)
	case 'K':
		s.eraseLine(q.parameters)
	case 'J':
		if q.parameters == "" || q.parameters == "0" {
			s.eraseLine("")
			for i := s.row + 1; i < len(s.lines); i++ {
				s.lines[i] = s.lines[i][:0]
			}
		}
	case 'A', 'F':
		s.row = max(0, s.row-n)
	case 'B', 'E':
		for column := s.column; n > 0; n-- {
			s.newline()
			s.column = column
		}
	case 'C':
		s.column = max(s.column, min(s.column+n, max(edge, len(*s.line()))))
	case 'D':
		s.column = max(0, s.column-n)
	case 'G':
		s.column = min(n, max(edge, len(*s.line()))) - 1
	}
	if q.final == 'E' || q.final == 'F' {
		s.column = 0
	}
}

// eraseLine clears the line after the cursor, before the cursor ("1") or completely ("2").
func (s *Screen) eraseLine(what string) {
	line := s.line()
	switch what {
	case "", "0":
		if s.column < len(*line) {
			s.blank(*line, s.column)
			*line = (*line)[:s.column]
		}
	case "1":
		for i := range min(s.column+1, len(*line)) {
			s.blank(*line, i)
			(*line)[i] = cell{text: " "}
		}
	case "2":
		*line = (*line)[:0]
	}
}
