package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/pkg/label/remote"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// newWorkerCommand returns the command that trains the trials of sweeps and labels the shards of
// labellings.
func newWorkerCommand() *cobra.Command {
	var sweeps worker.Options
	var labellings remote.Options
	cmd := &cobra.Command{
		Use:   "worker --nats URL",
		Short: "Train the trials of sweeps and label the texts of labellings that wait on a NATS server",
		Long: `Do the work that waits on a NATS server with JetStream: train the trials of sweeps
(go run ./kernel/sweep), and label the texts of labellings (go run ./kernel label --nats URL).
Workers on any number of machines may start and end at any time. A worker that is killed leaves its
trial to another one, which resumes from the last checkpoint, and its texts, which another one labels;
results are the same to the bit on the same engine and kind of processor.

The worker needs the data and the model of the sweep, and the model of the labelling, under the same
names or paths. It refuses work of another version of lorabook's formats or engine, and with other
data or another model.

The token is in a file or in the environment variable LORABOOK_NATS_TOKEN, never in the arguments.
The embedded server of a sweep on this machine is in its folder: its address in nats/url, its
token in nats/token.

Ctrl-C sends the checkpoint of the present trial to the server, and gives the trial or the texts back.`,
		Example: `  go run ./kernel worker --nats tls://nats.example.org:4222 --creds worker.creds
  go run ./kernel worker --nats $(cat runs/rates/nats/url) --token-file runs/rates/nats/token --once`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if sweeps.Server.URL == "" {
				return errors.New("worker: the flag --nats is missing, expected the URL of a NATS server, as in: go run ./kernel worker --nats nats://host:4222")
			}
			sweeps.Progress = progress.New(cmd.ErrOrStderr())
			trains, err := worker.New(sweeps)
			if err != nil {
				return err
			}
			defer trains.Close()
			labellings.Name, labellings.Progress = trains.Name(), sweeps.Progress
			labels := remote.New(labellings)
			defer labels.Close()
			kinds := []natsconn.Work{trains, labels}
			switch {
			case sweeps.Sweep != "" && labellings.Job == "":
				kinds = []natsconn.Work{trains}
			case sweeps.Sweep == "" && labellings.Job != "":
				kinds = []natsconn.Work{labels}
			}
			err = natsconn.Serve(cmd.Context(), sweeps.Server, trains.Name(), sweeps.Once, kinds...)
			if errors.As(err, new(signalError)) {
				err = fmt.Errorf("%w; the present work was given back, a trial with its checkpoint", err)
			}
			return err
		},
	}
	flags := cmd.Flags()
	sweeps.Server.Flags(func(field *string, name, usage string) { flags.StringVar(field, name, "", usage) })
	flags.StringVar(&sweeps.Sweep, "sweep", "", "`ID` of the sweep to work for (default: all work on the server)")
	flags.StringVar(&labellings.Job, "labelling", "", "`ID` of the labelling to work for (default: all work on the server)")
	flags.BoolVar(&sweeps.Once, "once", false, "end when no work waits or is in work")
	flags.DurationVar(&sweeps.CheckpointEvery, "checkpoint-every", 0, "least `TIME` between two checkpoints of a trial, which go to the server (default 5s)")
	flags.StringVar(&sweeps.Dir, "dir", "", "`DIR` for the run folders of present trials (default: a temporary folder)")
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
