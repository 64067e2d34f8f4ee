package jupyter

import (
	"fmt"
	"strings"
	"time"
)

// DeadError says that the kernel has ended, or has stopped to answer at all, when it
// should not have.
type DeadError struct {
	State     string // how it ended: "exit status 1", "signal: killed"
	LastWords string // the end of the kernel's own log
}

func (e *DeadError) Error() string { return "the kernel died (" + e.State + ")" }

// InterruptError says that the code was interrupted, and why.
type InterruptError struct {
	Cause  error // the context's cause, an *InputError or an *OutputHeldError
	Killed bool  // the code went on regardless, so that the kernel had to be killed
	Grace  time.Duration
}

func (e *InterruptError) Error() string {
	if e.Killed {
		return fmt.Sprintf("%v; the interrupt had no effect for %v and the kernel was killed", e.Cause, e.Grace)
	}
	return e.Cause.Error()
}

func (e *InterruptError) Unwrap() error { return e.Cause }

// InputError says that the code asked for input, which nobody is there to give. It is
// what ipykernel calls StdinNotImplementedError.
type InputError struct {
	Prompt  string // of an input_request
	Process string // or the command line of the process that reads its standard input
}

func (e *InputError) Error() string {
	what := fmt.Sprintf("the code waits for input (prompt %q)", e.Prompt)
	if e.Process != "" {
		what = fmt.Sprintf("the process `%s` waits for input on its standard input", e.Process)
	}
	return what + ", which a run without a user cannot give: give it a file or </dev/null, or tag the cell skip-execution"
}

// OutputHeldError says that the code's program has ended while processes that it started
// keep its output open, so that GoNB goes on waiting.
type OutputHeldError struct{ Processes []string } // their command lines

func (e *OutputHeldError) Error() string {
	return fmt.Sprintf("the cell's program has ended, but what it started in the background keeps its output open (`%s`), and was ended: "+
		"send the output of background processes elsewhere, as in command >file 2>&1 &", strings.Join(e.Processes, "`, `"))
}
