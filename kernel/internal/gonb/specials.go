package gonb

import (
	"slices"
	"strings"
)

// Special is a line of a cell that GoNB runs as a command: %name or !command.
type Special struct {
	Line  int  // from 1
	Shell bool // !command, or a whole cell of %%bash, %%sh or %%script
	Name  string
	last  int // the last line that a backslash joins to it
}

// scripts lists the cell commands that pass the cell to another program.
var scripts = []string{"%%bash", "%%sh", "%%script"}

// cellCommand is a command in a cell's first line that applies to the whole cell, which then
// contains no Go: a script, or a file to write. "" if there is none.
func cellCommand(source string) string {
	first, _, _ := strings.Cut(source, "\n")
	words := strings.Fields(strings.TrimPrefix(first, "//gonb:"))
	if len(words) > 0 && (slices.Contains(scripts, words[0]) || words[0] == "%%writefile" || words[0] == "%%gx") {
		return words[0]
	}
	return ""
}

// Specials finds the commands of a cell by GoNB's rules. A command is a line that starts with %
// or !, optionally after "//gonb:"; a backslash at its end continues it on the next line. A
// cell command in the first line applies to the whole cell.
func Specials(source string) []Special {
	lines := strings.Split(source, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "//gonb:")
	}
	switch command := cellCommand(source); {
	case slices.Contains(scripts, command):
		return []Special{{Line: 1, Shell: true, Name: command, last: len(lines)}}
	case command != "":
		return nil
	}
	var found []Special
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if len(line) < 2 || line[0] != '%' && line[0] != '!' {
			continue
		}
		command := Special{Line: i + 1, Shell: line[0] == '!'}
		if words := strings.Fields(line[1:]); len(words) > 0 {
			command.Name = words[0]
		}
		for strings.HasSuffix(lines[i], `\`) && i+1 < len(lines) {
			i++
		}
		command.last = i + 1
		found = append(found, command)
	}
	return found
}

// WithoutSpecials clears the lines that GoNB does not treat as Go: its commands, and lines that
// start with "package".
func WithoutSpecials(source string) string {
	lines := strings.Split(source, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "package") {
			lines[i] = ""
		}
	}
	for _, command := range Specials(source) {
		clear(lines[command.Line-1 : command.last])
	}
	return strings.Join(lines, "\n")
}
