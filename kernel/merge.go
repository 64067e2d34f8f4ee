package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/progress"
)

// newMergeCommand returns the command that merges a fine-tuned adapter into its base model.
func newMergeCommand() *cobra.Command {
	var (
		model string
		task  string
		o     classify.MergeOptions
	)
	cmd := &cobra.Command{
		Use:   "merge FROM DIR",
		Short: "Merge an adapter into its base model and save the result",
		Long: `Merge the adapter of FROM into its base model and save the result to the new folder DIR
in the hub's layout (config.json, model.safetensors in float32, the tokenizer's files).
transformers and this module open DIR without an adapter.

FROM is a run folder with a finished training, an adapter folder of this module or of
PEFT, the name of an adapter on the hub (OWNER/NAME or OWNER/NAME@REVISION), or the head
folder of a run that trained only the classifier.

DIR is written atomically. A DIR that contains files is an error.`,
		Example: `  go run ./kernel merge runs/imdb models/imdb
  go run ./kernel merge --model models/bert-base-cased --labels neg,pos runs/imdb/adapter models/imdb`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 2 {
				return nil
			}
			return fmt.Errorf("merge: found the arguments %q, expected a run's or an adapter's folder and a new folder, as in: go run ./kernel merge runs/imdb models/imdb", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Task = data.Task(task)
			o.Warn = func(warning string) { _, _ = fmt.Fprintln(cmd.ErrOrStderr(), progress.WarningPrefix+warning) }
			if err := classify.Merge(cmd.Context(), model, args[0], args[1], o); err != nil {
				return err
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s: a model in the hub's layout\n", args[1])
			return err
		},
	}
	cmd.Flags().StringVar(&model, "model", "", "folder or hub name of the base `MODEL` (default: the base that FROM names)")
	cmd.Flags().StringVar(&task, "task", "", "`TASK` of an adapter of PEFT whose base does not name it: multi_label_classification, regression or token_classification")
	cmd.Flags().StringVar(&o.Revision, "revision", "", "branch, tag or commit of the base on the hub (default: that of FROM)")
	cmd.Flags().StringSliceVar(&o.Labels, "labels", nil, "`NAMES` of the classes, as in neg,pos (default: from FROM, then from the model)")
	return cmd
}
