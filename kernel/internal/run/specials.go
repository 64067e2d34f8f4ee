package run

import (
	"regexp"
	"slices"
	"strings"
)

// special is a line of a cell that GoNB takes for a command: %name or !command.
type special struct {
	line  int  // from 1
	shell bool // !command, or a whole cell of %%bash, %%sh or %%script
	name  string
}

// scripts are the cell commands whose cell is a script for another program.
var scripts = []string{"%%bash", "%%sh", "%%script"}

// specialsOf finds the commands of a cell by GoNB's rules: a line that begins with % or
// !, perhaps behind "//gonb:"; a backslash at its end goes on to the next line; a cell
// command in the first line takes the whole cell.
func specialsOf(source string) []special {
	lines := strings.Split(source, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "//gonb:")
	}
	if first := strings.Fields(lines[0]); len(first) > 0 {
		switch {
		case slices.Contains(scripts, first[0]):
			return []special{{line: 1, shell: true, name: first[0]}}
		case first[0] == "%%writefile" || first[0] == "%%gx":
			return nil
		}
	}
	var found []special
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if len(line) < 2 || line[0] != '%' && line[0] != '!' {
			continue
		}
		command := special{line: i + 1, shell: line[0] == '!'}
		if words := strings.Fields(line[1:]); len(words) > 0 {
			command.name = words[0]
		}
		found = append(found, command)
		for strings.HasSuffix(lines[i], `\`) && i+1 < len(lines) {
			i++
		}
	}
	return found
}

// CommandError is a command of a cell that failed although GoNB counts the cell as a
// success: it only writes to stderr.
type CommandError struct {
	Line    int    // of the cell, from 1; 0 if there are several commands and it may be any
	Problem string // "the shell command ended with exit status 1", "GoNB does not know %foo"
}

func (e *CommandError) Error() string { return e.Problem }

// What GoNB v0.11.5 publishes, each as a message of its own:
// in internal/jpyexec/jpyexec.go, when a program it ran ended with an error;
// in internal/specialcmd/specialcmd.go, for a command it does not know.
var (
	programFailed  = regexp.MustCompile(`^(?:\^C\n)?((?:exit status \d+|signal: [a-z0-9 ]+)(?: \(core dumped\))?)\n$`)
	commandUnknown = regexp.MustCompile(`^"%(\S*)" unknown or not implemented yet\.$`)
)

// commandError returns the failed command that a message on stderr tells of, or nil.
//
// A program's own output comes in other messages, so it can be mistaken only if a
// command that succeeds writes a whole "exit status 1" at once.
func commandError(specials []special, text string) *CommandError {
	if unknown := commandUnknown.FindStringSubmatch(text); unknown != nil {
		for _, command := range specials {
			if !command.shell && command.name == unknown[1] {
				return &CommandError{Line: command.line, Problem: "GoNB does not know the special command %" + unknown[1]}
			}
		}
	}
	if failed := programFailed.FindStringSubmatch(text); failed != nil {
		failure := &CommandError{Problem: "a shell command ended with " + failed[1]}
		shells := 0
		for _, command := range specials {
			if command.shell {
				shells++
				failure.Line = command.line
			}
		}
		switch shells {
		case 0:
			return nil // a Go program of the cell, of which the kernel tells itself
		case 1:
			failure.Problem = "the shell command ended with " + failed[1]
		default:
			failure.Line = 0
		}
		return failure
	}
	return nil
}
