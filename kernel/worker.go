package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// newWorkerCommand returns the command that trains the trials of sweeps.
func newWorkerCommand() *cobra.Command {
	var options worker.Options
	cmd := &cobra.Command{
		Use:   "worker --nats URL",
		Short: "Train the trials of sweeps that wait on a NATS server",
		Long: `Train the trials of sweeps (go run ./kernel/sweep) that wait on a NATS server with JetStream.
Workers on any number of machines may start and end at any time. A worker that is killed leaves its
trial to another one, which resumes from the last checkpoint; results are the same to the bit on
the same engine and kind of processor.

The worker needs the data and the model of the sweep, under the same names or paths. It refuses a
sweep of another version of lorabook's formats or engine, and one with other data or another model.

The token is in a file or in the environment variable LORABOOK_NATS_TOKEN, never in the arguments.
The embedded server of a sweep on this machine is in its folder: its address in nats/url, its
token in nats/token.

Ctrl-C sends the checkpoint of the present trial to the server and gives the trial back.`,
		Example: `  go run ./kernel worker --nats tls://nats.example.org:4222 --creds sweep.creds
  go run ./kernel worker --nats $(cat runs/rates/nats/url) --token-file runs/rates/nats/token --once`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if options.Server.URL == "" {
				return errors.New("worker: the flag --nats is missing, expected the URL of a NATS server, as in: go run ./kernel worker --nats nats://host:4222")
			}
			options.Progress = progress.New(cmd.ErrOrStderr())
			err := worker.Run(cmd.Context(), options)
			if errors.As(err, new(signalError)) {
				err = fmt.Errorf("%w; the present trial was given back with its checkpoint", err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	options.Server.Flags(func(field *string, name, usage string) { flags.StringVar(field, name, "", usage) })
	flags.StringVar(&options.Sweep, "sweep", "", "`ID` of the sweep to work for (default: all on the server)")
	flags.BoolVar(&options.Once, "once", false, "end when no trial waits or is running")
	flags.StringVar(&options.Dir, "dir", "", "`DIR` for the run folders of present trials (default: a temporary folder)")
	return cmd
}

// newSweepCommand returns a command that names the program for sweeps.
func newSweepCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "sweep",
		Short:              "Search the best settings of an experiment: go run ./kernel/sweep",
		DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error {
			return errors.New("sweep is a program of its own, since it contains a NATS server: use go run ./kernel/sweep, with the same arguments")
		},
	}
}
