package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tensorboard"
)

// newTensorBoardCommand returns the command that converts a run's history to an event file.
func newTensorBoardCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "tensorboard RUN [OUT]",
		Short: "Write a run's training history as an event file of TensorBoard",
		Long: `Write the training history of the run folder RUN as an event file of TensorBoard: loss,
learning rate, gradient norm, validation loss and accuracy by step, and the settings as text.
The file is in the folder OUT (default: RUN itself) and replaces the one of an earlier call.

The run may be unfinished. While a process trains it, name OUT: that process may write an
event file in the run folder (finetune.Options.TensorBoard).`,
		Example: `  go run ./kernel tensorboard runs/imdb && tensorboard --logdir runs`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 || len(args) == 2 {
				return nil
			}
			return fmt.Errorf("tensorboard: found the arguments %q, expected a run folder and, optionally, an output folder, as in: go run ./kernel tensorboard runs/imdb", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			folder, err := runfolder.Open(filepath.Split(filepath.Clean(args[0])))
			if err != nil {
				return err
			}
			out := folder.Dir()
			if len(args) == 2 {
				out = args[1]
			} else if writer, known := folder.Writer(); writer != "" && known {
				return fmt.Errorf("tensorboard: %s is writing to %s: name another folder for the event file, as in: go run ./kernel tensorboard %s out/tensorboard", writer, out, args[0])
			}
			path, err := tensorboard.Write(folder, out)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: to see it, pip install tensorboard and run: tensorboard --logdir %s\n", path, filepath.Dir(path))
			return err
		},
	}
}
