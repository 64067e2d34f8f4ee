package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/progress"
)

// newCheckpointCommand returns the command that saves the weights of a run's last checkpoint.
func newCheckpointCommand() *cobra.Command {
	var places finetune.Places
	cmd := &cobra.Command{
		Use:   "checkpoint RUN DIR",
		Short: "Save the trained weights of a run's last checkpoint",
		Long: `Save the trained weights of the last checkpoint of the run folder RUN in the new folder DIR: an adapter in
PEFT's format, the head of a run that trained only the classifier, or a whole model in the hub's layout.
All commands that use a trained model open DIR.

A training keeps the state with the best evaluation (metric_for_best_model) in RUN/adapter. The last
checkpoint is a later state, which may be better by another metric, or that of a training that was stopped
or still runs. Nothing in RUN changes. The class names and the examples are those of RUN, so its data and its
model must be on this machine.

DIR does not know the data of RUN. "kernel evaluate" compares it with RUN on the test half of the data; if RUN
drew its test examples, -n with their number and --seed with the seed of the run draw the same ones.`,
		Example: `  go run ./kernel checkpoint runs/imdb models/imdb-last
  go run ./kernel evaluate --adapter models/imdb-last --data imdb -n 1000 --against runs/imdb --out runs/imdb-last`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return fmt.Errorf("checkpoint: found the arguments %q, expected a run folder and a new folder, as in: go run ./kernel checkpoint runs/imdb models/imdb-last", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := finetune.OpenFinished(args[0], places, finetune.Options{Progress: progress.New(cmd.ErrOrStderr())})
			if err != nil {
				return err
			}
			c, err := r.SaveCheckpoint(cmd.Context(), args[1])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s\n", args[1], c)
			return err
		},
	}
	cmd.Flags().StringVar(&places.Data, "data", "", "another place of the run's data: a `FILE`, folder, pattern or name")
	cmd.Flags().StringVar(&places.Model, "model", "", "another place of the run's base model: a `FOLDER`, .zip or name")
	return cmd
}
