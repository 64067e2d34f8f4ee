package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// StaleError says that the folder of the pages does not belong to the notebooks.
type StaleError struct {
	Out   string
	Files []string // each with what is wrong with it
	mend  string   // the command
}

func (e *StaleError) Error() string {
	return fmt.Sprintf("%s does not belong to the notebooks: %s; to mend it: %s", e.Out, strings.Join(e.Files, ", "), e.mend)
}

// check compares the folder of the pages with the files that belong there.
func (b *book) check(o Options, files map[string][]byte) error {
	stale := &StaleError{Out: o.Out, mend: "go run ./kernel render"}
	for _, notebook := range o.Notebooks {
		stale.mend += " " + notebook
	}
	if o.Out != DefaultOut {
		stale.mend += " --out " + o.Out
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(o.Out, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			stale.Files = append(stale.Files, name+" is missing")
		case err != nil:
			return err
		case !bytes.Equal(got, want):
			stale.Files = append(stale.Files, name+" is another than its notebook gives")
		}
	}
	there, err := filepath.Glob(filepath.Join(globQuote(o.Out), "*.html"))
	if err != nil {
		return err
	}
	for _, path := range there {
		name := filepath.Base(path)
		known := slices.ContainsFunc(b.pages, func(p *page) bool { return p.file == name })
		if _, belongs := files[name]; !belongs && !known {
			stale.Files = append(stale.Files, name+" has no notebook: remove it")
		}
	}
	if len(stale.Files) == 0 {
		return nil
	}
	slices.Sort(stale.Files)
	return stale
}
