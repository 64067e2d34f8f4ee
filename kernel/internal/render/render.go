package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
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
	Trust bool // keep the scripts of outputs
	Check bool // write nothing; return a [StaleError] if the pages differ from the rendered notebooks
}

// Run renders the notebooks: a page for each, and index.html, which lists them. No page is
// written unless all notebooks could be rendered. The result for each file is printed to out,
// with the parts that a page omits.
func Run(ctx context.Context, o Options, out io.Writer) error {
	sources, err := findNotebooks(o.Notebooks)
	if err != nil {
		return err
	}
	b := &book{out: o.Out}
	if b.out == "" {
		if b.out, err = defaultOut(sources); err != nil {
			return err
		}
	}
	if err := b.add(sources, o.Trust); err != nil {
		return err
	}
	given := slices.Clone(b.pages)
	if err := b.add(b.neighbours(sources), o.Trust); err != nil {
		return err
	}
	slices.SortStableFunc(b.pages, func(x, y *page) int { return strings.Compare(x.file, y.file) })
	b.settleLinks()
	files := make(map[string][]byte)
	for _, p := range given {
		if err := ctx.Err(); err != nil {
			return err
		}
		if files[p.file], err = b.pageHTML(p); err != nil {
			return fmt.Errorf("%s: %w", p.source, err)
		}
		for _, warning := range p.warnings {
			fmt.Fprintln(out, "warning:", warning)
		}
	}
	if files[indexFile] == nil { // unless a notebook has that name
		if files[indexFile], err = b.indexHTML(); err != nil {
			return err
		}
	}
	if o.Check {
		return b.check(o, files)
	}
	return write(b.out, files, out)
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

const indexFile = "index.html"

// write puts the files into the folder, each whole or not at all, the index last.
func write(dir string, files map[string][]byte, out io.Writer) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("the folder of the pages: %w", err)
	}
	names := slices.Sorted(maps.Keys(files))
	names = append(slices.DeleteFunc(names, func(name string) bool { return name == indexFile }), indexFile)
	for _, name := range names {
		path := filepath.Join(dir, name)
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && bytes.Equal(old, files[name]) {
			fmt.Fprintf(out, "%s is up to date\n", path)
			continue
		}
		if err := atomicfile.Write(path, files[name], 0o644); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		fmt.Fprintf(out, "%s written, %d KiB\n", path, (len(files[name])+1023)/1024)
	}
	return nil
}
