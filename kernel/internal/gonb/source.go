package gonb

import (
	"go/scanner"
	"go/token"
	"strings"
)

// source is a Go cell as GoNB compiles it, in lines that keep their numbers.
type source struct {
	lines    []string
	swallows []swallowed
	mains    []int // the lines %% and %main
}

// swallowed is a line in a raw string or a comment that GoNB removes.
type swallowed struct {
	line int
	text string
	in   string // "raw string" or "comment"
}

// readSource finds a cell's commands, and the lines in raw strings and comments that GoNB
// mistakes for commands.
func readSource(text string) *source {
	s := &source{lines: strings.Split(text, "\n")}
	specials := Specials(text)
	packages := make(map[int]bool)
	for i, line := range s.lines {
		if strings.HasPrefix(line, "package") {
			packages[i+1] = true
		}
	}
	// A command may contain any quotes, so the scanner must not read it. Line by line, the text
	// before is known to contain no commands.
	next := 0
	for i := 0; i < len(s.lines); i++ {
		special := next < len(specials) && specials[next].Line == i+1
		if !special && !packages[i+1] {
			continue
		}
		in := openAt(s.lines[:i])
		if special {
			command := specials[next]
			next++
			if in == "" {
				s.main(command)
				clear(s.lines[i:command.last])
				i = command.last - 1
				continue
			}
		}
		if in == "" { // a package clause
			s.lines[i] = ""
			continue
		}
		s.swallows = append(s.swallows, swallowed{line: i + 1, text: s.lines[i], in: in})
	}
	for n, line := range s.mains { // as GoNB does; of more than one it makes no program
		if s.lines[line-1] = ""; n == 0 {
			s.lines[line-1] = "func main() {"
			s.lines[len(s.lines)-1] += "\n}"
		}
	}
	return s
}

// main notes the lines from which on a cell is the body of main.
func (s *source) main(command Special) {
	if !command.Shell && (command.Name == "%" || strings.HasPrefix(command.Name, "main")) {
		s.mains = append(s.mains, command.Line)
	}
}

// openAt returns the kind of token that is open at the end of the lines: "raw string",
// "comment" or "".
func openAt(lines []string) string {
	text := []byte(strings.Join(lines, "\n") + "\n")
	var s scanner.Scanner
	files := token.NewFileSet()
	open := ""
	// The scanner reports an open token as not terminated at the end of the text.
	s.Init(files.AddFile("", -1, len(text)), text, func(_ token.Position, message string) {
		switch message {
		case "raw string literal not terminated":
			open = "raw string"
		case "comment not terminated":
			open = "comment"
		}
	}, scanner.ScanComments)
	for {
		if _, tok, _ := s.Scan(); tok == token.EOF {
			return open
		}
	}
}
