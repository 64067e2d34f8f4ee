package notebook

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
)

// These are replaced by tests.
var (
	stderr io.Writer = os.Stderr
	exit             = os.Exit
)

// Check ends the cell if err is not nil: it prints the error on standard error and exits
// with status 1. GoNB shows the message below the cell and marks the cell as failed.
// Deferred calls do not run; the operating system releases the locks of a run folder.
func Check(err error) {
	if err != nil {
		fmt.Fprintln(stderr, err)
		exit(1)
	}
}

// Must returns the value. If err is not nil, it ends the cell as [Check] does.
func Must[T any](value T, err error) T {
	Check(err)
	return value
}

// Context returns the context of the cell. The interrupt button of Jupyter (■, or Ctrl-C in
// a terminal) cancels it, so that training can write a checkpoint. A second interrupt ends
// the program. A program that does not call Context is ended by the first.
func Context() context.Context { return interrupted() }

var interrupted = sync.OnceValue(func() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // restores the default effect of the next interrupt
	return ctx
})
