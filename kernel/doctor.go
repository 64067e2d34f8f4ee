package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/doctor"
)

// newDoctorCommand returns the command that says what is missing on this machine.
func newDoctorCommand() *cobra.Command {
	var options doctor.Options
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Say what is there, what is missing, and how to mend it",
		Long: `Look at this machine and print a line for each thing that notebooks need or can use:
ok, warn (notebooks run, but slower or with less) or missing (they do not run), and under
it what to do. Nothing is changed and nothing is downloaded.

The exit status is 1 only if something is missing.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return doctor.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&options.JSON, "json", false, "print JSON")
	return cmd
}
