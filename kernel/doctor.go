package main

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/products"
	"github.com/lorabook/lorabook/kernel/internal/doctor"
)

// newDoctorCommand returns the command that reports missing software.
func newDoctorCommand() *cobra.Command {
	var options doctor.Options
	cmd := &cobra.Command{
		Use:   "doctor [notebooks]",
		Short: "Report installed and missing software, with remedies",
		Long: `Examine this machine and print one line for each requirement of the notebooks: ok, warn
(notebooks run, but slower or with fewer features) or missing (notebooks do not run). The
remedy follows on the next line. The line products has the speed of a matrix product in float32
and in bfloat16. The command changes and downloads nothing.

With notebooks as arguments, the command also checks that they can be read, which fields
their files lack, and which cells contain Go code that behaves differently in GoNB
(docs/gonb.md).

The exit status is 1 only if something is missing.`,
		Example: `  go run ./kernel doctor
  go run ./kernel doctor notebooks/*.ipynb`,
		RunE: func(cmd *cobra.Command, notebooks []string) error {
			options.Notebooks = notebooks
			options.Products = func(ctx context.Context) (string, error) {
				rates, err := products.Measure(ctx)
				return rates.String(), err
			}
			return doctor.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&options.JSON, "json", false, "print JSON")
	return cmd
}
