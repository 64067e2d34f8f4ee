// Command sweep searches the best settings of an experiment:
//
//	go run ./kernel/sweep --grid training.learning_rate=3e-4,1e-3,3e-3 --grid adapter.r=2,8 runs/rates
//
// Its workers run in the process, or on other machines with `go run ./kernel worker`. It is apart
// from the command kernel, since the embedded NATS server adds 16 MB to the program. The work is
// done by package sweep.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/cli"
	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), cli.Signals()...)
	context.AfterFunc(ctx, stop) // the second signal ends the program at once
	cmd := newCommand()
	if err := cli.Execute(ctx, cmd); err != nil {
		fmt.Fprintf(os.Stderr, "\nerror: %s\n", printable.Text(err.Error())) // texts of files and servers may begin escape sequences
		if ctx.Err() != nil {
			os.Exit(130)
		}
		os.Exit(1)
	}
}

// arguments are those of the command line.
type arguments struct {
	base    string
	set     []string
	grid    []string
	ranges  []string
	plan    sweep.Plan
	method  string
	options sweep.Options
	asJSON  bool
}

func newCommand() *cobra.Command {
	var a arguments
	cmd := &cobra.Command{
		Use:   "sweep [flags] DIR",
		Short: "Search the best settings of an experiment",
		Long: `Train variants of an experiment, and compare them on the validation examples. The folder DIR
keeps the state and the results: the same command continues a sweep that was stopped or killed, and
shows the result of a finished one.

Fields are named by their paths in experiment.json: training.learning_rate, adapter.r, model. A
misspelt name, and a value that the experiment refuses, is an error before anything starts.

By default a NATS server in the process, on 127.0.0.1 alone, keeps the queue, and as many workers
as the machine bears train the trials. With --nats the queue is on a server or a cluster, and
workers are started anywhere with: go run ./kernel worker --nats URL

The table at the end has the best trial first. The best one and the default, the experiment
without changes, are compared on the test examples, which no other trial reads.`,
		Example: `  go run ./kernel/sweep --grid training.learning_rate=3e-4,1e-3,3e-3 --grid adapter.r=2,8 runs/rates
  go run ./kernel/sweep --method random --trials 20 --range training.learning_rate=1e-4..1e-2:log --range adapter.r=1..16 runs/random
  go run ./kernel/sweep --method asha --trials 27 --set data.source=imdb --set training.epochs=9 --range training.learning_rate=1e-4..1e-2:log runs/asha
  go run ./kernel/sweep --nats tls://nats.example.org:4222 --creds sweep.creds --base runs/imdb --grid adapter.lora_alpha=8,16,32 runs/alphas`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return fmt.Errorf("sweep: found the arguments %q, expected one: the folder of the sweep, such as runs/rates", args)
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.run(cmd, args[0]) },
	}
	flags := cmd.Flags()
	flags.StringVar(&a.base, "base", "", "run folder or experiment.json of the `EXPERIMENT` that varies (default: the defaults)")
	flags.StringArrayVar(&a.set, "set", nil, "a field of the experiment in all trials: `name=value`; may be repeated")
	flags.StringArrayVar(&a.grid, "grid", nil, "a field that varies, and its values: `name=value,value`; may be repeated")
	flags.StringArrayVar(&a.ranges, "range", nil, "a field that varies between two numbers, for random points: `name=low..high`, or name=low..high:log; may be repeated")
	flags.StringVar(&a.method, "method", string(sweep.Grid), "`METHOD`: grid, random, halving or asha")
	flags.IntVar(&a.plan.Trials, "trials", 0, "number `N` of random points")
	flags.Int64Var(&a.plan.Seed, "seed", 0, "`SEED` of the random points (default 1)")
	flags.IntVar(&a.plan.MinEpochs, "min-epochs", 0, "epochs `N` of the first rung of halving and asha (default 1)")
	flags.IntVar(&a.plan.Factor, "factor", 0, "halving and asha continue one trial in `N` (default 3)")
	flags.IntVar(&a.options.Workers, "workers", 0, "number `N` of workers in this process; -1: none (default: what the machine bears, with --nats none)")
	flags.IntVar(&a.options.Replicas, "replicas", 1, "number `N` of a cluster's servers that keep the queue")
	flags.DurationVar(&a.options.Lease, "lease", 0, "`TIME` without a sign of a worker after which another one gets its trial (default 30s)")
	flags.DurationVar(&a.options.CheckpointEvery, "checkpoint-every", 0, "least `TIME` between two checkpoints of a trial of this process's workers, which go to the server (default 5s)")
	flags.BoolVar(&a.asJSON, "json", false, "print JSON instead of the table")
	a.options.Server.Flags(func(field *string, name, usage string) { flags.StringVar(field, name, "", usage) })
	return cmd
}

func (a *arguments) run(cmd *cobra.Command, dir string) (err error) {
	a.plan.Method = sweep.Method(a.method)
	if a.plan.Base, err = a.experiment(); err != nil {
		return err
	}
	for _, text := range a.grid {
		name, values, err := cut(text, "--grid name=value,value")
		if err != nil {
			return err
		}
		f := sweep.Field{Name: name}
		if f.Values, err = sweep.ParseValues(name, values); err != nil {
			return err
		}
		a.plan.Fields = append(a.plan.Fields, f)
	}
	for _, text := range a.ranges {
		f, err := parseRange(text)
		if err != nil {
			return err
		}
		a.plan.Fields = append(a.plan.Fields, f)
	}
	a.options.Progress = progress.New(cmd.ErrOrStderr())
	result, err := sweep.Run(cmd.Context(), dir, a.plan, a.options)
	if err != nil {
		return err
	}
	return a.show(cmd.OutOrStdout(), result, dir)
}

// show prints the result. A sweep without one is an error.
func (a *arguments) show(out io.Writer, result *sweep.Result, dir string) (err error) {
	if a.asJSON {
		encoder := json.NewEncoder(out)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(result)
	} else {
		_, err = fmt.Fprintln(out, result)
	}
	if err == nil && result.Best() == nil {
		err = fmt.Errorf("sweep: no trial has a result, the reasons are above: remove their cause, and delete %s to begin again", dir)
	}
	return err
}

// experiment returns the experiment that varies.
func (a *arguments) experiment() (e finetune.Experiment, err error) {
	if a.base != "" {
		path := strings.TrimSuffix(a.base, "/"+runfolder.ExperimentFile)
		i := strings.LastIndexByte(strings.TrimRight(path, "/"), '/') + 1
		folder, err := runfolder.Open(path[:i], strings.TrimRight(path[i:], "/"))
		if err != nil {
			return e, err
		}
		if err := folder.Experiment(&e); err != nil {
			return e, err
		}
		clearDefaultSizes(&e, folder)
	}
	var settings []sweep.Setting
	for _, text := range a.set {
		name, value, err := cut(text, "--set name=value")
		if err != nil {
			return e, err
		}
		parsed, err := sweep.ParseValue(name, value)
		if err != nil {
			return e, err
		}
		settings = append(settings, sweep.Setting{Name: name, Value: parsed})
	}
	return sweep.Apply(e, settings...)
}

// clearDefaultSizes makes the sizes that were defaults in a run defaults again: they shrink to what
// the data have.
func clearDefaultSizes(e *finetune.Experiment, folder *runfolder.Folder) {
	var recorded splits.Record
	if folder.Read(runfolder.SplitsFile, &recorded) != nil {
		return // the run has not read its data, or its version did not write the file
	}
	for _, name := range recorded.Defaults {
		switch name {
		case "train":
			e.Data.Train = 0
		case "validation":
			e.Data.Validation = 0
		case "test":
			e.Data.Test = 0
		}
	}
}

// cut divides an argument into the name of a field and the text behind it.
func cut(text, form string) (name, value string, err error) {
	name, value, found := strings.Cut(text, "=")
	if !found || name == "" || value == "" {
		return "", "", fmt.Errorf("sweep: found %q, expected %s", text, form)
	}
	return name, value, nil
}

// parseRange reads "name=low..high" or "name=low..high:log".
func parseRange(text string) (f sweep.Field, err error) {
	const form = "--range name=low..high or name=low..high:log"
	name, ends, err := cut(text, form)
	if err != nil {
		return f, err
	}
	ends, log := strings.CutSuffix(ends, ":log")
	low, high, found := strings.Cut(ends, "..")
	f = sweep.Field{Name: name, Log: log}
	var errLow, errHigh error
	f.Low, errLow = strconv.ParseFloat(low, 64)
	f.High, errHigh = strconv.ParseFloat(high, 64)
	if !found || errLow != nil || errHigh != nil {
		return f, fmt.Errorf("sweep: found %q, expected two numbers, as in %s", text, form)
	}
	return f, nil
}
