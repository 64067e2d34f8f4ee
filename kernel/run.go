package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/run"
)

// runHelp is the long help text of the command run.
const runHelp = `Run notebooks and save them with all their outputs, as Jupyter does. The default is
notebooks/*.ipynb in order, without those that have a cell with the tag "run-when-named":
00-your-data, which is read before a training is planned, 05-variants, which takes
long, 06-serve, which serves adapters and measures the service, and 07-sweep, which searches the
learning rate and the rank. Each notebook has its own kernel, which works in the notebook's folder. If the Go kernel for this checkout is missing or out of date, the
command first installs it as the command install does, without the parts that only
Jupyter uses. The results go to the folder out; --in-place overwrites the notebooks.
Cells that ran are saved even if a later cell fails.

Parameters are the Go variables in the cells with the tag "parameters": strings, numbers,
booleans, time.Duration (written as 90s, 1h30m). -p sets a parameter in every notebook
that declares it, in a new cell after those cells; --list shows the parameters, with the
other tag of their cell, such as "advanced", as their group. Names, types and, in
lorabook's notebooks, values, the model's name and the data's path are checked before the
first cell. Paths are relative to the notebook's folder.

lorabook's notebooks keep their results in ../runs, in a folder that is named after the
model, the data and the parameters that differ from the defaults: other parameters start
another run, and the same parameters find their results again. -p run=NAME names the
folder.

Warnings name the cells with Go code that behaves differently in GoNB (docs/gonb.md), and
the fields that a notebook's file lacks.

After a failed cell the command prints the cell, its error and its output, and exits with
status 1. A failed shell command (!, %%bash) and an unknown % command fail the cell too,
although GoNB accepts them. A cell with the tag "raises-exception" may fail. A cell with
the tag "skip-execution" is skipped and keeps its outputs, as in nbconvert: it prompts
the user. A cell that waits for input fails, and so does a cell with a background
process that keeps the cell's output open; on systems except Linux only --timeout ends
such cells. A cell that exceeds --timeout is interrupted, then its kernel is killed.
Ctrl-C interrupts the running cell, saves the notebook, and ends the run with exit status
130; a second Ctrl-C terminates immediately.

A line of a cell's output that begins with "warning: " stays on the screen, once.`

// newRunCommand returns the command that executes notebooks.
func newRunCommand() *cobra.Command {
	var options run.Options
	var list bool
	cmd := &cobra.Command{
		Use:   "run [notebooks]",
		Short: "Run notebooks without Python or a browser, and save them with their outputs",
		Long:  runHelp,
		Example: `  go run ./kernel run
  go run ./kernel run --list
  go run ./kernel run -p rank=4 -p train=200
  go run ./kernel run notebooks/03-training.ipynb -p epochs=3 -p model=bert-base-cased
  go run ./kernel run -p data=$PWD/letters.csv notebooks/00-your-data.ipynb
  go run ./kernel run notebooks/05-variants.ipynb
  go run ./kernel run notebooks/06-serve.ipynb
  go run ./kernel run notebooks/07-sweep.ipynb
  go run ./kernel run --timeout 30m --in-place`,
		RunE: func(cmd *cobra.Command, notebooks []string) error {
			if list {
				return listNotebooks(cmd, notebooks)
			}
			return runNotebooks(cmd, notebooks, options)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&options.Parameters, "param", "p", nil, "set a parameter: `name=value`; may be repeated")
	flags.DurationVar(&options.Timeout, "timeout", 0, "time limit for each cell, for example 30m; 0: none")
	flags.StringVarP(&options.Out, "out", "o", "out", "save the results in the folder `DIR`")
	flags.BoolVar(&options.InPlace, "in-place", false, "save each result over its notebook")
	flags.StringVar(&options.Kernel, "kernel", "", "run on the kernel `NAME` instead of the notebook's kernel")
	flags.BoolVar(&list, "list", false, "only show the notebooks and their parameters")
	cmd.MarkFlagsMutuallyExclusive("out", "in-place")
	return cmd
}

// listNotebooks prints the notebooks, all of notebooks/ by default, and their parameters.
func listNotebooks(cmd *cobra.Command, notebooks []string) (err error) {
	if len(notebooks) == 0 {
		if notebooks, err = run.DefaultNotebooks(); err != nil {
			return err
		}
	}
	text, err := run.List(notebooks)
	fmt.Fprint(cmd.OutOrStdout(), text)
	return err
}

// runNotebooks runs the notebooks. The default is all of notebooks/ without those that run
// only when named.
func runNotebooks(cmd *cobra.Command, notebooks []string, options run.Options) error {
	if len(notebooks) == 0 {
		all, err := run.DefaultNotebooks()
		if err != nil {
			return err
		}
		var left []string
		if notebooks, left, err = run.SplitByDefault(all); err != nil {
			return err
		}
		for _, path := range left {
			fmt.Fprintf(cmd.OutOrStdout(), "%s runs only when it is named\n", path)
		}
	}
	options.Notebooks = notebooks
	options.Progress = cmd.OutOrStdout()
	options.Ensure = func(ctx context.Context, kernel string) (string, error) {
		if kernel != install.KernelName {
			return "", nil // this command installs only the Go kernel
		}
		return install.Ensure(ctx, ".", cmd.OutOrStdout())
	}
	if err := run.Run(cmd.Context(), options); err != nil {
		if errors.As(context.Cause(cmd.Context()), new(signalError)) {
			err = fmt.Errorf("%w\nThe run folder keeps finished results and the training's checkpoint: the same command continues from them", err)
		}
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "HTML pages of these notebooks: %s\n", renderCommand(options))
	if advice := install.Advice(cmd.Context(), "."); advice != "" {
		fmt.Fprintln(cmd.OutOrStdout(), advice)
	}
	return nil
}

// renderCommand is the command that renders the notebooks of a run.
func renderCommand(options run.Options) string {
	command := []string{"go", "run", "./kernel", "render"}
	if options.InPlace {
		command = append(command, options.Notebooks...)
	} else {
		command = append(command, options.Out)
	}
	for i, word := range command {
		if strings.ContainsAny(word, " '\"$&()*;<>?[]`{|}\\") {
			command[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(command, " ")
}
