// Package cli runs the command line of a program of this repository.
package cli

import (
	"context"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// Main executes a command as [Execute] does; one of [Signals] ends its context. After an error, which is
// printed, the program ends with exit status 1.
func Main(cmd *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), Signals()...)
	defer stop()
	if err := Execute(ctx, cmd); err != nil {
		stop()
		os.Exit(1)
	}
}
