package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/lab"
	"github.com/lorabook/lorabook/kernel/internal/report"
	"github.com/lorabook/lorabook/kernel/internal/run"
)

// labOptions are the flags of the command lab.
type labOptions struct {
	parameters []string
	copies     string
	jupyter    string
	yes        bool
}

// newLabCommand returns the command that opens the notebooks in JupyterLab.
func newLabCommand() *cobra.Command {
	var o labOptions
	cmd := &cobra.Command{
		Use:   "lab [notebooks] [-- options of JupyterLab]",
		Short: "Open the notebooks in JupyterLab",
		Long: `Open notebooks, by default notebooks/*.ipynb, in JupyterLab, the first of them in front,
until Ctrl-C. The Go kernel and its tools are installed first, as the command install
does, where they are missing or out of date.

JupyterLab is the one that --jupyter names; else the one that this command installed; else
jupyter-lab of the PATH, from version 4 on. Where there is none, the command offers to
install it, at pinned versions, into a Python environment of its own in the user's cache,
with uv or else Python's venv and pip, and asks before it does: --yes says so in advance.

-p sets a parameter, as for the command run. The notebooks are then opened as copies in
the folder lab beside notebooks; copies that are there with the same parameters are
opened as they are, so that work on them is not lost.

What follows -- goes to JupyterLab: --no-browser, --port=8889, --allow-root.`,
		Example: `  go run ./kernel lab
  go run ./kernel lab -p model=bert-base-cased -p data=imdb
  go run ./kernel lab --yes notebooks/03-training.ipynb -- --no-browser --port=8889`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var rest []string
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args, rest = args[:dash], args[dash:]
			}
			return openLab(cmd.Context(), o, args, rest, cmd.InOrStdin(), cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVarP(&o.parameters, "param", "p", nil, "set a parameter: `name=value`; may be repeated")
	flags.StringVar(&o.copies, "copies", "lab", "folder `DIR` for the notebooks with parameters set")
	flags.StringVar(&o.jupyter, "jupyter", "", "the jupyter-lab to run, a `FILE`")
	flags.BoolVar(&o.yes, "yes", false, "install JupyterLab without asking, if there is none")
	return cmd
}

func openLab(ctx context.Context, o labOptions, notebooks, arguments []string, in io.Reader, out io.Writer) (err error) {
	if len(notebooks) == 0 {
		if notebooks, err = run.DefaultNotebooks(); err != nil {
			return err
		}
	}
	env, err := lab.NewEnvironment()
	if err != nil {
		return err
	}
	server, err := lab.Find(ctx, o.jupyter, env)
	if missing := new(lab.NotFoundError); errors.As(err, &missing) {
		if !o.yes && !agreed(missing, env, in, out) {
			return err
		}
		if err := env.Install(ctx, report.New(out)); err != nil {
			return err
		}
		server, err = lab.Find(ctx, "", env)
	}
	if err != nil {
		return err
	}
	if len(o.parameters) > 0 {
		if notebooks, err = run.Preset(notebooks, o.parameters, o.copies, out); err != nil {
			return err
		}
	}
	first, err := lab.Below(".", notebooks[0])
	if err != nil {
		return err
	}
	if err := install.Run(ctx, install.Options{}, out); err != nil {
		return err
	}
	report.New(out).Line("JupyterLab", fmt.Sprintf("%s, %s; Ctrl-C ends it", server.Version, server.Path))
	return server.Serve(ctx, ".", first, arguments, out)
}

// agreed asks at the terminal, where there is one.
func agreed(missing *lab.NotFoundError, env lab.Environment, in io.Reader, out io.Writer) bool {
	file, ok := in.(*os.File)
	if !ok || !isatty.IsTerminal(file.Fd()) {
		return false
	}
	for _, passed := range missing.Passed {
		fmt.Fprintln(out, passed)
	}
	fmt.Fprintf(out, "There is no JupyterLab here that serves. Install %s into %s (%s)? [y/N] ", lab.Version, env.Dir, lab.Cost)
	answer, err := bufio.NewReader(in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}
