package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/render"
)

// newRenderCommand returns the command that turns notebooks into pages.
func newRenderCommand() *cobra.Command {
	var options render.Options
	cmd := &cobra.Command{
		Use:   "render [notebooks or folders]",
		Short: "Turn notebooks into self-contained HTML pages",
		Long: `Turn notebooks, with the outputs that are saved in them, into HTML pages: one a
notebook, and index.html, which lists and searches them. A page needs nothing but itself.

HTML in Markdown and in outputs is sanitised: scripts are dropped, and what they would
have drawn is shown by the static picture beside them. With --trust the scripts of
outputs stay; use it only on notebooks that you ran yourself.

Without arguments the folder notebooks is rendered.`,
		Example: `  go run ./kernel render
  go run ./kernel render notebooks/03-training.ipynb --out site`,
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Notebooks = args
			return render.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&options.Out, "out", "o", render.DefaultOut, "write the pages to the folder `DIR`")
	flags.BoolVar(&options.Check, "check", false, "write nothing: fail unless the pages are what the notebooks give")
	flags.BoolVar(&options.Trust, "trust", false, "keep the scripts of outputs")
	return cmd
}
