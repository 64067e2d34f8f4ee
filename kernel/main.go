package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/internal/printable"
)

func main() {
	os.Exit(execute(os.Args[1:]))
}

// execute runs the command line and returns the exit status.
func execute(args []string) int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	root := newRootCommand()
	root.SetArgs(args)
	err := cli.Execute(ctx, root)
	if err == nil {
		return 0
	}
	fmt.Fprintf(os.Stderr, "\nerror: %s\n", printable.Text(err.Error())) // texts of files and servers may begin escape sequences
	if end := (signalError{}); errors.As(context.Cause(ctx), &end) {
		return 128 + int(end.Signal)
	}
	return 1
}

func newRootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:           "kernel",
		Short:         "Install the Go kernel for notebooks, run notebooks, render them as pages, serve trained adapters",
		SilenceUsage:  true, // an error does not print the usage
		SilenceErrors: true, // execute prints it
	}
	root.AddCommand(
		newInstallCommand(),
		newRunCommand(),
		newLabCommand(),
		newRenderCommand(),
		newDoctorCommand(),
		newFetchCommand(),
		newMergeCommand(),
		newCheckpointCommand(),
		newLabelCommand(),
		newEvaluateCommand(),
		newEnsembleCommand(),
		newServeCommand(),
		newRunsCommand(),
		newCertifyCommand(),
		newVerifyCommand(),
		newErrorsCommand(),
		newTensorBoardCommand(),
		newSweepCommand(),
		newWorkerCommand(),
	)
	return root
}

// signalError is the cause of a context that a signal cancelled.
type signalError struct{ syscall.Signal }

func (e signalError) Error() string {
	if e.Signal == syscall.SIGINT {
		return "interrupted with Ctrl-C"
	}
	return "ended by a signal: " + e.Signal.String()
}

// untilSignal returns a context that the first of [cli.Signals] cancels. The second signal
// terminates the program immediately.
func untilSignal(parent context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, cli.Signals()...)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(signalError{s.(syscall.Signal)})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
