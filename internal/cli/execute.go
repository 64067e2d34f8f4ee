package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/stdio"
)

// Execute executes a command. Output that could not be written is an error, if there is no other: the
// functions that print drop it. It is printed as cobra prints others.
func Execute(ctx context.Context, cmd *cobra.Command) error {
	out := &stdio.Checked{File: os.Stdout}
	cmd.SetOut(out)
	if err := cmd.ExecuteContext(ctx); err != nil {
		return err
	}
	err := out.Err()
	if err != nil && !cmd.SilenceErrors {
		cmd.PrintErrln(cmd.ErrPrefix(), err)
	}
	return err
}
