package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/run"
)

// newRunCommand returns the command that executes notebooks.
func newRunCommand() *cobra.Command {
	var options run.Options
	var list bool
	cmd := &cobra.Command{
		Use:   "run [notebooks]",
		Short: "Run notebooks without Python or a browser, and save them with their outputs",
		Long: `Run notebooks, by default notebooks/*.ipynb in order but for those that take long
(05-variants; a cell of theirs is tagged "run-when-named"), each on a kernel of its own
that works in the notebook's folder, and save them with all their outputs as Jupyter would.
Where the Go kernel is not installed for this checkout, or is out of date, it is
installed first, as the command install does, but for what only Jupyter uses.
The results go to the folder out, the notebooks stay as they are, unless --in-place is
given. What ran is saved even if a cell fails.

Parameters are the Go variables that the cell tagged "parameters" declares: strings,
numbers, booleans, time.Duration (written as 90s, 1h30m). -p sets one, for every notebook
that declares it, in a new cell behind that cell; --list shows which there are.

Warnings name the cells of which GoNB makes something else than Go does (docs/gonb.md), and
what a notebook's file lacks that its format requires.

A failed cell ends the run with exit status 1 and is shown with its error and its
output; so does a failed shell command (!, %%bash) or an unknown % command, which GoNB
itself lets pass. A cell tagged "raises-exception" may fail, one tagged
"skip-execution" is left out and keeps its outputs, as by nbconvert: it asks the reader.
A cell that waits for input fails, since nobody is there to give it, and so does one
whose background processes keep its output open; on systems other than Linux only
--timeout ends those. A cell that exceeds --timeout is interrupted, then its kernel killed.
Ctrl-C interrupts the running cell, saves, and ends the run with exit status 130; a second
Ctrl-C ends it at once.

A line of a cell's output that begins with "warning: " stays on the screen, once.`,
		Example: `  go run ./kernel run
  go run ./kernel run --list
  go run ./kernel run notebooks/03-training.ipynb -p epochs=3 -p model=bert-base-cased
  go run ./kernel run notebooks/05-variants.ipynb
  go run ./kernel run --timeout 30m --in-place`,
		RunE: func(cmd *cobra.Command, notebooks []string) (err error) {
			named := len(notebooks) > 0
			if !named {
				if notebooks, err = run.DefaultNotebooks(); err != nil {
					return err
				}
			}
			if list {
				text, err := run.List(notebooks)
				fmt.Fprint(cmd.OutOrStdout(), text)
				return err
			}
			if !named {
				var left []string
				if notebooks, left, err = run.Unasked(notebooks); err != nil {
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
					return "", nil // not ours to install
				}
				return install.Ensure(ctx, ".", cmd.OutOrStdout())
			}
			return run.Run(cmd.Context(), options)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&options.Parameters, "param", "p", nil, "set a parameter: `name=value`; may be repeated")
	flags.DurationVar(&options.Timeout, "timeout", 0, "limit for each cell, as in 30m; 0: none")
	flags.StringVarP(&options.Out, "out", "o", "out", "save the results in the folder `DIR`")
	flags.BoolVar(&options.InPlace, "in-place", false, "save each result over its notebook")
	flags.StringVar(&options.Kernel, "kernel", "", "run on the kernel of this `NAME`, not on the one the notebook names")
	flags.BoolVar(&list, "list", false, "only show the notebooks and their parameters")
	cmd.MarkFlagsMutuallyExclusive("out", "in-place")
	return cmd
}
