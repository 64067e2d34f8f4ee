// Package cli runs the command line of a program of this repository.
package cli

import (
	"context"
	"os"
	"os/signal"

	"github.com/spf13/cobra"
)

// Main executes a command, whose context one of [Signals] ends. After an error, which the command
// has printed, the program ends with exit status 1.
func Main(cmd *cobra.Command) {
	ctx, stop := signal.NotifyContext(context.Background(), Signals()...)
	defer stop()
	if err := cmd.ExecuteContext(ctx); err != nil {
		stop()
		os.Exit(1)
	}
}
