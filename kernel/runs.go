package main

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/runlist"
)

// newRunsCommand returns the command that compares the runs of a folder.
func newRunsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "runs [DIR]",
		Short: "Compare all runs in a folder",
		Long: `Compare the fine-tuning runs in the folder DIR (default: runs): a table with each run's state,
the main metric of its task with its 95 % interval, the same before training, the settings that
differ between the runs, the time of training and validation, and the size of the trained weights.
The metric is the accuracy, of several labels micro F1, of a number the mean absolute error. The
best run comes first.

Runs of different tasks or with different test examples are in different tables, since their
results cannot be compared. Folders that are damaged, or that are not fine-tuning runs, are listed below with
the reason.

The command only reads, also while other processes write to the run folders. With --json it
prints the JSON form of runlist.List (go doc ./pkg/runlist List).`,
		Example: `  go run ./kernel runs
  go run ./kernel runs --json out/runs`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) <= 1 {
				return nil
			}
			return fmt.Errorf("runs: found the arguments %q, expected at most one: the folder that contains the run folders", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "runs"
			if len(args) > 0 {
				dir = args[0]
			}
			list, err := runlist.Read(dir)
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("runs: there is no folder %s: go run ./kernel run writes its run to runs/; for another folder: go run ./kernel runs DIR", dir)
			}
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), list)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), list)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of tables")
	return cmd
}
