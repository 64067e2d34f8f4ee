package main

import (
	"github.com/spf13/cobra"

	"github.com/lorabook/lorabook/kernel/internal/render"
)

// newRenderCommand returns the command that renders notebooks as pages.
func newRenderCommand() *cobra.Command {
	var options render.Options
	var formats []string
	cmd := &cobra.Command{
		Use:   "render [notebooks or folders]",
		Short: "Render notebooks as HTML pages, Markdown or PDF",
		Long: `Render notebooks with their saved outputs, by default as HTML pages: one page for each
notebook, and index.html, which lists and searches them. The pages need no other files and
no network.

--to selects the formats. Markdown (md) is in GitHub's dialect: NAME.md has its pictures in
the folder NAME_files, and its links to other notebooks lead to their Markdown files. PDF
files (pdf) are printed by Chromium or Chrome, which must be installed; the environment
variable CHROME names its executable. Page numbers need version 131 or later.

HTML in Markdown and in outputs is sanitised: scripts are removed, and the static picture
next to a script replaces its chart. --trust keeps the scripts of outputs in HTML pages; use
it only for notebooks that you ran yourself.

The default argument is the folder notebooks, and the pages go to docs. The pages of other
notebooks, such as those that "kernel run" saved in out, are written beside them. -o selects
another folder.`,
		Example: `  go run ./kernel render
  go run ./kernel render out
  go run ./kernel render --to html,md,pdf out
  go run ./kernel render notebooks/03-training.ipynb -o site`,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			options.Notebooks = args
			if options.To, err = render.ParseFormats(formats); err != nil {
				return err
			}
			return render.Run(cmd.Context(), options, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&formats, "to", []string{"html"}, "write the `formats` html, md, pdf, separated by commas")
	flags.StringVarP(&options.Out, "out", "o", "", "write the pages to the folder `DIR`; default: docs for notebooks, else beside the notebooks")
	flags.BoolVar(&options.Check, "check", false, "write nothing; fail if the pages differ from the rendered notebooks")
	flags.BoolVar(&options.Trust, "trust", false, "keep the scripts of outputs")
	return cmd
}
