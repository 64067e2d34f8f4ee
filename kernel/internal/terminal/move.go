package terminal

import "strings"

// Overwrites reports whether text, if it is written next, starts to overwrite the line of the
// cursor: that line is not finished, and the text begins with a carriage return or a
// backspace, or the cursor stands before the line's end.
func (s *Screen) Overwrites(text string) bool {
	if text == "" || s.row != len(s.lines)-1 || len(s.lines[s.row]) == 0 {
		return false
	}
	if s.column < len(s.lines[s.row]) {
		return text[0] != '\n'
	}
	return text[0] == '\b' || text[0] == '\r' && !strings.HasPrefix(strings.TrimLeft(text, "\r"), "\n")
}

// MoveLine moves the line of the cursor to a new screen, with the cursor where it stands. It
// serves outputs that a front end shows in two places: a progress bar continues below the
// picture that was displayed after it.
func (s *Screen) MoveLine() *Screen {
	moved := &Screen{pen: s.pen, rest: s.rest, column: s.column}
	s.rest = ""
	if len(s.lines) > 0 {
		moved.lines = [][]cell{s.lines[s.row]}
		s.lines[s.row], s.column = nil, 0
	}
	return moved
}
