package render

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// book is the set of pages in one folder that link to each other.
type book struct {
	out    string // the folder
	format Format
	pages  []*page
}

// output returns the path of the page of the notebook at source.
func (b *book) output(source string) string {
	name := filepath.Base(source)
	return filepath.Join(b.out, strings.TrimSuffix(name, filepath.Ext(name))+"."+string(b.format))
}

// page returns the page of the notebook at path, if it is in the book.
func (b *book) page(path string) *page {
	for _, p := range b.pages {
		if same(p.source, path) {
			return p
		}
	}
	return nil
}

// same reports whether two paths name one file.
func same(a, b string) bool {
	absA, errA := filepath.Abs(a)
	absB, errB := filepath.Abs(b)
	return errA == nil && errB == nil && absA == absB
}

// ErrNoNotebooks is returned if there is no notebook to render.
var ErrNoNotebooks = errors.New("no notebooks")

// findNotebooks lists the notebooks that the arguments name: files, and folders for the
// notebooks in them. Without arguments it is
// the folder [DefaultNotebooks].
func findNotebooks(arguments []string) ([]string, error) {
	if len(arguments) == 0 {
		arguments = []string{DefaultNotebooks}
		if _, err := os.Stat(arguments[0]); err != nil {
			return nil, fmt.Errorf("%w: the folder %q does not exist: name the notebooks to render", ErrNoNotebooks, arguments[0])
		}
	}
	var found []string
	for _, argument := range arguments {
		info, err := os.Stat(argument)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			found = append(found, filepath.Clean(argument))
			continue
		}
		inside, err := filepath.Glob(filepath.Join(globQuote(argument), "*.ipynb"))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", argument, err)
		}
		if len(inside) == 0 {
			return nil, fmt.Errorf("%w in the folder %s: it has no file *.ipynb", ErrNoNotebooks, argument)
		}
		found = append(found, inside...)
	}
	return found, nil
}

// globQuote makes a pattern that matches path alone.
func globQuote(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

// add reads the notebooks into the book. Two notebooks with the same page name are refused.
func (b *book) add(sources []string, trust bool) error {
	for _, source := range sources {
		if b.page(source) != nil {
			continue // named twice
		}
		p, err := readPage(source, b.format, trust)
		if err != nil {
			return err
		}
		for _, other := range b.pages {
			if strings.EqualFold(other.file, p.file) {
				return fmt.Errorf("%s and %s would both become %s: rename one, or render them to different folders with --out",
					other.source, source, b.output(source))
			}
		}
		b.pages = append(b.pages, p)
	}
	return nil
}

// neighbours returns the other notebooks in the same folders that already have pages: they stay
// in the index and the navigation.
func (b *book) neighbours(sources []string) []string {
	var more []string
	for _, source := range sources {
		beside, err := filepath.Glob(filepath.Join(globQuote(filepath.Dir(source)), "*.ipynb"))
		if err != nil {
			continue
		}
		for _, path := range beside {
			known := slices.ContainsFunc(slices.Concat(sources, more), func(s string) bool { return same(s, path) })
			if _, err := os.Stat(b.output(path)); err == nil && !known {
				more = append(more, path)
			}
		}
	}
	return more
}
