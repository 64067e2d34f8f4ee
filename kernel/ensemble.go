package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/ensemble"
)

// newEnsembleCommand returns the command that evaluates the mean of several models.
func newEnsembleCommand() *cobra.Command {
	var o ensemble.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ensemble FOLDER FOLDER ...",
		Short: "Evaluate the mean of the answers of several trained models",
		Long: `Evaluate an ensemble: the mean of the probabilities of several trained models, or of their numbers for a
regression, from the predictions in their folders. Each FOLDER is a run with its report (notebook 04 writes it)
or an evaluation of go run ./kernel evaluate; all have predictions for the same examples. Classes are matched by
their names. The metrics of the ensemble and its difference from each model are printed, with 95 % intervals and
p-values that are corrected for the number of models. No model is opened, and nothing is written.

Models that differ only in the seed make a deep ensemble. A model that was chosen by the same test examples makes
the ensemble look better than it is.`,
		Example: `  go run ./kernel ensemble runs/imdb-1 runs/imdb-2 runs/imdb-3
  go run ./kernel ensemble runs/imdb runs/imdb-384 --json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return fmt.Errorf("ensemble: found the arguments %q, expected at least two folders of runs or evaluations", args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := ensemble.Evaluate(cmd.Context(), args, o)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), e)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), e)
			return err
		},
	}
	cmd.Flags().Int64Var(&o.Seed, "seed", 1, "seed of the intervals and tests")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON instead of text")
	return cmd
}
