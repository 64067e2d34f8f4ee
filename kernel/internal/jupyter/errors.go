package jupyter

import (
	"fmt"
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
	Cause  error // the context's cause, or an *InputError
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

// InputError says that the code asked for input, which nobody is there to give.
type InputError struct{ Prompt string }

func (e *InputError) Error() string {
	return fmt.Sprintf("the code waits for input (prompt %q), which a run without a user cannot give", e.Prompt)
}
