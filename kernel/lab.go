package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/internal/stdio"
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
		Long: `Open notebooks in JupyterLab, by default notebooks/*.ipynb, and show the first (by
default 01-baseline; 00-your-data is for your own data). Ctrl-C ends JupyterLab. If the Go kernel or its tools are missing or out of date, the command
first installs them as the command install does.

--jupyter selects a JupyterLab. The default is the JupyterLab that this command installed,
then jupyter-lab (version 4 or later) on the PATH. If there is none, the command offers to
install JupyterLab at pinned versions, into a separate Python environment in the user's
cache, with uv or with Python's venv and pip. --yes installs it without a prompt.

-p sets a parameter, as in the command run. The command then opens copies of the notebooks
in the folder lab, next to notebooks. Existing copies with the same parameters are opened
unchanged, so that their changes are kept.

Arguments after -- are options of JupyterLab: --no-browser, --port=8889, --allow-root.`,
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
	flags.StringVar(&o.copies, "copies", "lab", "folder `DIR` for the copies with parameters set")
	flags.StringVar(&o.jupyter, "jupyter", "", "the jupyter-lab executable, a `FILE`")
	flags.BoolVar(&o.yes, "yes", false, "install JupyterLab without a prompt if there is none")
	return cmd
}

func openLab(ctx context.Context, o labOptions, notebooks, arguments []string, in io.Reader, out io.Writer) (err error) {
	if len(notebooks) == 0 {
		if notebooks, err = defaultNotebooks(); err != nil {
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
	first, err := lab.RelativeTo(".", notebooks[0])
	if err != nil {
		return err
	}
	if err := install.Run(ctx, install.Options{}, out); err != nil {
		return err
	}
	report.New(out).Line("JupyterLab", fmt.Sprintf("%s, %s; Ctrl-C ends it", server.Version, server.Path))
	return server.Serve(ctx, ".", first, arguments, out)
}

// defaultNotebooks returns the notebooks of the folder notebooks, those first that run by default.
func defaultNotebooks() ([]string, error) {
	all, err := run.DefaultNotebooks()
	if err != nil {
		return nil, err
	}
	usual, named, err := run.SplitByDefault(all)
	return append(usual, named...), err
}

// agreed prompts the user on a terminal; without a terminal it returns false.
func agreed(missing *lab.NotFoundError, env lab.Environment, in io.Reader, out io.Writer) bool {
	if !stdio.IsTerminal(in) {
		return false
	}
	for _, reason := range missing.Rejected {
		fmt.Fprintln(out, reason)
	}
	fmt.Fprintf(out, "No usable JupyterLab was found. Install %s into %s (%s)? [y/N] ", lab.Version, env.Dir, lab.Cost)
	answer, err := bufio.NewReader(in).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return err == nil && (answer == "y" || answer == "yes")
}
