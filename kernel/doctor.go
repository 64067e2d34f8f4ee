package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/doctor"
)

// newDoctorCommand returns the command that says what is missing on this machine.
func newDoctorCommand() *cobra.Command {
	var options doctor.Options
	cmd := &cobra.Command{
		Use:   "doctor [notebooks]",
		Short: "Say what is there, what is missing, and how to mend it",
		Long: `Look at this machine and print a line for each thing that notebooks need or can use:
ok, warn (notebooks run, but slower or with less) or missing (they do not run), and under
it what to do. Nothing is changed and nothing is downloaded.

Notebooks that are named are examined, too: whether they can be read, what their files
lack, and cells of which GoNB makes something else than Go does (docs/gonb.md).

The exit status is 1 only if something is missing.`,
		Example: `  go run ./kernel doctor
  go run ./kernel doctor notebooks/*.ipynb`,
		RunE: func(cmd *cobra.Command, notebooks []string) error {
			options.Notebooks = notebooks
			return doctor.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&options.JSON, "json", false, "print JSON")
	return cmd
}
