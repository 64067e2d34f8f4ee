package label

import (
	"errors"
	"fmt"
)

// errEnough ends the reading of texts.
var errEnough = errors.New("enough")

// BadTextError reports a record that cannot be labelled.
type BadTextError struct {
	Err error // names the file and the line
}

func (e *BadTextError) Error() string {
	return fmt.Sprintf("%v: correct it, or let its line of the output have the error, with Options.SkipBad (--skip-bad)", e.Err)
}

// Unwrap returns the reason.
func (e *BadTextError) Unwrap() error { return e.Err }

// ChangedError reports an output that was begun with other texts, another model or other options.
type ChangedError struct {
	Output  string
	Changes []string // at least one
}

func (e *ChangedError) Error() string {
	text := fmt.Sprintf("%s was begun with something else:", e.Output)
	for _, change := range e.Changes {
		text += "\n  " + change
	}
	return text + "\nrestore it to continue, name another output, or delete " + e.Output + " with the files of that name with " + partialSuffix + " and " + reportSuffix
}
