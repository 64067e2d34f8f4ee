package jupyter

import (
	"fmt"
	"strings"
	"time"
)

// DeadError reports a kernel that has ended or stopped responding unexpectedly.
type DeadError struct {
	Reason string // the process's exit status, "signal: killed", or the missing response
	Log    string // the end of the kernel's own log
}

// Error implements error.
func (e *DeadError) Error() string { return "the kernel died (" + e.Reason + ")" }

// InterruptError reports interrupted code, with the cause.
type InterruptError struct {
	Cause  error // the context's cause, an *InputError or an *OutputHeldError
	Killed bool  // the code ignored the interrupt, and the kernel was killed
	Grace  time.Duration
}

// Error implements error.
func (e *InterruptError) Error() string {
	if e.Killed {
		return fmt.Sprintf("%v; the interrupt had no effect for %v and the kernel was killed", e.Cause, e.Grace)
	}
	return e.Cause.Error()
}

// Unwrap returns the cause.
func (e *InterruptError) Unwrap() error { return e.Cause }

// InputError reports code that requested input in a run without a user. ipykernel calls it
// StdinNotImplementedError.
type InputError struct {
	Prompt  string // of an input_request
	Process string // or the command line of the process that reads its standard input
}

// Error implements error.
func (e *InputError) Error() string {
	what := fmt.Sprintf("the code waits for input (prompt %q)", e.Prompt)
	if e.Process != "" {
		what = fmt.Sprintf("the process `%s` waits for input on its standard input", e.Process)
	}
	return what + ", which a run without a user cannot give: give it a file or </dev/null, or tag the cell skip-execution"
}

// OutputHeldError reports child processes that keep the output of a finished program open, so
// that GoNB continues to wait.
type OutputHeldError struct{ Processes []string } // their command lines

// Error implements error.
func (e *OutputHeldError) Error() string {
	return fmt.Sprintf("the cell's program has ended, but its background processes keep its output open (`%s`) and were killed: "+
		"redirect the output of background processes, as in command >file 2>&1 &", strings.Join(e.Processes, "`, `"))
}
