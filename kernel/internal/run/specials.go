package run

import (
	"regexp"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
)

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
func commandError(specials []gonb.Special, text string) *CommandError {
	if unknown := commandUnknown.FindStringSubmatch(text); unknown != nil {
		for _, command := range specials {
			if !command.Shell && command.Name == unknown[1] {
				return &CommandError{Line: command.Line, Problem: "GoNB does not know the special command %" + unknown[1]}
			}
		}
	}
	if failed := programFailed.FindStringSubmatch(text); failed != nil {
		failure := &CommandError{Problem: "a shell command ended with " + failed[1]}
		shells := 0
		for _, command := range specials {
			if command.Shell {
				shells++
				failure.Line = command.Line
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
