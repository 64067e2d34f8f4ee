package run

import (
	"regexp"

	"github.com/lorabook/lorabook/kernel/internal/gonb"
)

// CommandError is a command of a cell that failed although GoNB counts the cell as a
// success: it only writes to stderr.
type CommandError struct {
	Line   int    // of the cell, from 1; 0 if there are several commands and it may be any
	Reason string // "the shell command ended with exit status 1", "GoNB does not know %foo"
}

// Error implements error.
func (e *CommandError) Error() string { return e.Reason }

// GoNB v0.11.5 publishes these texts, each in a separate message: internal/jpyexec/jpyexec.go
// after a program ended with an error, and internal/specialcmd/specialcmd.go for an unknown
// command.
var (
	programFailed  = regexp.MustCompile(`^(?:\^C\n)?((?:exit status \d+|signal: [a-z0-9 ]+)(?: \(core dumped\))?)\n$`)
	commandUnknown = regexp.MustCompile(`^"%(\S*)" unknown or not implemented yet\.$`)
)

// commandError returns the failed command that a message on stderr reports, or nil.
//
// A program's output is in other messages, so a mistake requires a successful command that
// writes exactly "exit status 1" in one block.
func commandError(specials []gonb.Special, text string) *CommandError {
	if unknown := commandUnknown.FindStringSubmatch(text); unknown != nil {
		for _, command := range specials {
			if !command.Shell && command.Name == unknown[1] {
				return &CommandError{Line: command.Line, Reason: "GoNB does not know the special command %" + unknown[1]}
			}
		}
	}
	if failed := programFailed.FindStringSubmatch(text); failed != nil {
		failure := &CommandError{Reason: "a shell command ended with " + failed[1]}
		shells := 0
		for _, command := range specials {
			if command.Shell {
				shells++
				failure.Line = command.Line
			}
		}
		switch shells {
		case 0:
			return nil // a Go program of the cell, which the kernel reports
		case 1:
			failure.Reason = "the shell command ended with " + failed[1]
		default:
			failure.Line = 0
		}
		return failure
	}
	return nil
}
