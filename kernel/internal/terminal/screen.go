package terminal

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

const (
	// height is how many of the last lines the cursor can move back to.
	height = 100
	// longest is how many columns of a line the cursor can move back over.
	longest = 1 << 20
	// edge is the last column to which the cursor can move beyond the printed text.
	edge    = 400
	tabStop = 8
)

// Screen applies a program's output. The zero value is an empty screen.
type Screen struct {
	above  strings.Builder // the lines that scrolled out, as text
	shown  Style           // the style in which above ends
	lines  [][]cell        // the last lines; never more than height
	ends   []Style         // the style in which each of lines but the last was ended
	row    int             // of the cursor in lines
	column int
	pen    Style
	rest   string // the start of an escape sequence or a character that Write has not seen whole
}

// cell is one column of a line.
type cell struct {
	text  string // a character with its combining marks; empty in the columns that a wide one covers beyond its first
	style Style
}

// Write shows a piece of text. Pieces may be cut anywhere.
func (s *Screen) Write(text string) {
	text = s.rest + text
	s.rest = ""
	for text != "" {
		if n := s.plain(text); n > 0 {
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case !utf8.FullRuneInString(text):
			s.rest = text
			return
		case r == '\n':
			s.newline()
		case r == '\r':
			s.column = 0
		case r == '\b':
			s.column = max(0, s.column-1)
		case r == '\t':
			s.tab()
		case r == 0x1b:
			sequence := parseSequence(text)
			if sequence.size == 0 {
				s.rest = text
				return
			}
			size = sequence.size
			s.execute(sequence)
		case r == utf8.RuneError && size == 1:
			s.put("\ufffd", 1)
		default:
			s.put(text[:size], width(r))
		}
		text = text[size:]
	}
}

// plain processes the lines at the start of the text that need no cursor movement, and returns
// their number of bytes. It only saves time.
func (s *Screen) plain(text string) int {
	if len(s.lines) > 1 || len(s.lines) == 1 && len(s.lines[0]) > 0 || s.column > 0 || s.pen != s.shown {
		return 0
	}
	end := strings.IndexFunc(text, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f })
	if end < 0 {
		end = len(text)
	}
	end = strings.LastIndexByte(text[:end], '\n') + 1
	// The following text may move the cursor up into the last lines.
	kept := end
	for range height {
		if kept = strings.LastIndexByte(text[:max(kept-1, 0)], '\n') + 1; kept == 0 {
			return 0
		}
	}
	if !utf8.ValidString(text[:kept]) {
		return 0
	}
	s.above.WriteString(text[:kept])
	return kept
}

func width(r rune) int {
	if r < ' ' || r == 0x7f {
		return 0
	}
	if r < 0x7f {
		return 1
	}
	return uniseg.StringWidth(string(r))
}

// line returns the cursor's line, to which the caller may write.
func (s *Screen) line() *[]cell {
	if len(s.lines) == 0 {
		s.lines = append(s.lines, nil)
	}
	return &s.lines[s.row]
}

// put writes a character at the cursor; columns is its width.
func (s *Screen) put(text string, columns int) {
	line := s.line()
	if s.column > len(*line) {
		s.pad(line, s.column)
	}
	if columns == 0 { // it belongs to the character before it
		at := min(s.column, len(*line)) - 1
		for at > 0 && (*line)[at].text == "" {
			at--
		}
		if at >= 0 {
			(*line)[at].text += text
			return
		}
		columns = 1
	}
	for i := range columns {
		glyph := cell{style: s.pen}
		if i == 0 {
			glyph.text = text
		}
		if at := s.column + i; at < len(*line) {
			s.blank(*line, at)
			(*line)[at] = glyph
		} else {
			*line = append(*line, glyph)
		}
	}
	s.column += columns
	if len(*line) > longest && s.column == len(*line) && s.row == len(s.lines)-1 {
		s.scroll(s.row)
		s.write(*line)
		*line, s.column = (*line)[:0], 0
	}
}

// pad fills a line with spaces up to a column.
func (s *Screen) pad(line *[]cell, column int) {
	for len(*line) < column {
		*line = append(*line, cell{text: " "})
	}
}

// blank makes spaces of the rest of a wide character that a column belongs to.
func (s *Screen) blank(line []cell, at int) {
	first := at
	for first > 0 && line[first].text == "" {
		first--
	}
	for i := first; i < len(line) && (i == first || line[i].text == ""); i++ {
		if i != at {
			line[i] = cell{text: " "}
		}
	}
}

// tab moves to the next tab stop. If the line ends before that, the tab is kept.
func (s *Screen) tab() {
	columns := tabStop - s.column%tabStop
	if s.column >= len(*s.line()) {
		s.put("\t", columns)
		return
	}
	s.column += columns
}

func (s *Screen) newline() {
	s.line()
	if s.row < len(s.lines)-1 {
		s.row++
		s.column = 0
		return
	}
	s.lines, s.ends = append(s.lines, nil), append(s.ends, s.pen)
	s.row, s.column = s.row+1, 0
	if len(s.lines) > height {
		s.scroll(1)
	}
}

// scroll moves the first n lines out of the screen.
func (s *Screen) scroll(n int) {
	for i := range n {
		s.write(s.lines[i])
		s.above.WriteString(transition(s.shown, s.ends[i]))
		s.above.WriteByte('\n')
		s.shown = s.ends[i]
	}
	s.lines, s.ends, s.row = s.lines[n:], s.ends[n:], s.row-n
}

// write writes a line that scrolls out.
func (s *Screen) write(line []cell) {
	for _, c := range line {
		s.shown = writeCell(&s.above, c, s.shown)
	}
}

// String returns the rendered text, with escape sequences for its colours.
func (s *Screen) String() string {
	var text strings.Builder
	text.WriteString(s.above.String())
	shown := s.shown
	for i, line := range s.lines {
		for _, c := range line {
			shown = writeCell(&text, c, shown)
		}
		end := s.pen
		if i < len(s.ends) {
			end = s.ends[i]
		}
		text.WriteString(transition(shown, end))
		shown = end
		if i < len(s.lines)-1 {
			text.WriteByte('\n')
		}
	}
	if len(s.lines) == 0 {
		text.WriteString(transition(shown, s.pen))
	}
	return text.String() + s.rest
}

func writeCell(text *strings.Builder, c cell, shown Style) Style {
	if c.text == "" {
		return shown
	}
	if c.style != shown {
		text.WriteString(transition(shown, c.style))
	}
	text.WriteString(c.text)
	return c.style
}
