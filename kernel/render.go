package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/render"
)

// newRenderCommand returns the command that renders notebooks as pages.
func newRenderCommand() *cobra.Command {
	var options render.Options
	cmd := &cobra.Command{
		Use:   "render [notebooks or folders]",
		Short: "Render notebooks as self-contained HTML pages",
		Long: `Render notebooks, with their saved outputs, as HTML pages: one page for each notebook, and
index.html, which lists and searches them. The pages need no other files and no network.

HTML in Markdown and in outputs is sanitised: scripts are removed, and the static picture
next to a script replaces its chart. --trust keeps the scripts of outputs; use it only for
notebooks that you ran yourself.

The default argument is the folder notebooks, and the pages go to docs. The pages of other
notebooks, such as those that "kernel run" saved in out, are written beside them. -o selects
another folder.`,
		Example: `  go run ./kernel render
  go run ./kernel render out
  go run ./kernel render notebooks/03-training.ipynb -o site`,
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Notebooks = args
			return render.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Out, "out", "o", "", "write the pages to the folder `DIR`; default: docs for notebooks, else beside the notebooks")
	flags.BoolVar(&options.Check, "check", false, "write nothing; fail if the pages differ from the rendered notebooks")
	flags.BoolVar(&options.Trust, "trust", false, "keep the scripts of outputs")
	return cmd
}
