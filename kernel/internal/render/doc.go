// Package render renders notebooks as self-contained HTML pages, as Markdown in GitHub's dialect,
// and as PDF files:
//
//	err := render.Run(ctx, render.Options{Notebooks: []string{"notebooks"}, Out: "docs"}, os.Stdout)
//
// Pages load no script, font or picture from elsewhere, and their content security policy forbids
// it. A page is a tree of sanitised HTML nodes, from which the Markdown is written too: text is
// escaped, pictures become files. Chromium prints PDF files from pages without scripts.
//
// The scripts it runs are this package's: the theme, folded code, and in index.html the search
// in all pages.
//
// A notebook is a file from a stranger. A sanitiser processes Markdown and HTML outputs; it
// removes scripts, and the static picture next to a script replaces its chart. With
// [Options.Trust] outputs keep their scripts, though not the network.
//
// The same notebooks produce the same bytes, except of PDF files.
package render
