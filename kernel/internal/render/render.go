package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// DefaultNotebooks is the folder that is rendered if no notebook is named, and DefaultOut the
// folder of its pages.
const (
	DefaultNotebooks = "notebooks"
	DefaultOut       = "docs"
)

// Options selects the notebooks and the output folder. The zero value renders the folder
// [DefaultNotebooks] to [DefaultOut].
type Options struct {
	Notebooks []string // files, and folders for the notebooks in them; none: DefaultNotebooks
	// Out is the folder of the pages. If it is empty, the pages of DefaultNotebooks go to
	// DefaultOut, and those of another folder stay beside their notebooks.
	Out   string
	To    []Format // none: HTML
	Trust bool     // keep the scripts of outputs in HTML pages
	Check bool     // write nothing; return a [StaleError] if the pages differ from the rendered notebooks; not for PDF
}

// Run renders the notebooks: a file for each in each format, and index.html, which lists the HTML
// pages. Nothing is written unless all notebooks could be rendered. The result for each file is
// printed to out, with the parts that a page omits.
func Run(ctx context.Context, o Options, out io.Writer) error {
	if len(o.To) == 0 {
		o.To = []Format{HTML}
	}
	sources, err := findNotebooks(o.Notebooks)
	if err != nil {
		return err
	}
	dir := o.Out
	if dir == "" {
		if dir, err = defaultOut(sources); err != nil {
			return err
		}
	}
	result := &rendered{out: dir, files: make(map[string][]byte), pages: make(map[string]bool)}
	if slices.Contains(o.To, PDF) {
		if o.Check {
			return errors.New("--check compares HTML and Markdown: the bytes of a PDF file depend on Chromium")
		}
		if result.printer, err = newPrinter(); err != nil {
			return err
		}
		defer result.printer.close()
	}
	var warnings []string
	for _, format := range o.To {
		more, err := result.render(ctx, sources, format, o.Trust && format == HTML)
		if err != nil {
			return err
		}
		for _, warning := range more {
			if !slices.Contains(warnings, warning) { // in another format
				warnings = append(warnings, warning)
				fmt.Fprintln(out, "warning:", warning)
			}
		}
	}
	if o.Check {
		return result.check(o)
	}
	return result.write(out)
}

// rendered is what belongs into the folder of the pages.
type rendered struct {
	out     string
	files   map[string][]byte // by their paths in the folder
	pages   map[string]bool   // the names of all pages, also of those rendered before
	printer *printer          // of PDF files
}

// render adds the files of one format and returns its warnings.
func (r *rendered) render(ctx context.Context, sources []string, format Format, trust bool) (warnings []string, err error) {
	b := &book{out: r.out, format: format}
	if err := b.add(sources, trust); err != nil {
		return nil, err
	}
	given := slices.Clone(b.pages)
	if err := b.add(b.neighbours(sources), trust); err != nil {
		return nil, err
	}
	slices.SortStableFunc(b.pages, func(x, y *page) int { return strings.Compare(x.file, y.file) })
	b.settleLinks()
	for _, p := range b.pages {
		r.pages[p.file] = true
	}
	for _, p := range given {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		switch format {
		case Markdown:
			text, pictures := b.pageMarkdown(p)
			r.files[p.file] = text
			maps.Copy(r.files, pictures)
		case PDF:
			r.files[p.file], err = b.pagePDF(ctx, p, r.printer)
		default:
			r.files[p.file], err = b.pageHTML(p)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.source, err)
		}
		warnings = append(warnings, p.warnings...)
	}
	warnings = append(warnings, missingLinks(given)...)
	if format == HTML && r.files[indexFile] == nil { // unless a notebook has that name
		r.files[indexFile], err = b.indexHTML()
	}
	return warnings, err
}

// defaultOut returns the folder of the pages if none is named.
func defaultOut(sources []string) (string, error) {
	dir := filepath.Dir(sources[0])
	for _, source := range sources {
		if !same(filepath.Dir(source), dir) {
			return "", fmt.Errorf("%s and %s are in different folders: name the folder of the pages with --out", sources[0], source)
		}
	}
	if same(dir, DefaultNotebooks) {
		return DefaultOut, nil
	}
	return dir, nil
}
