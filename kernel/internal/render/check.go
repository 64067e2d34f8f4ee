package render

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// StaleError reports pages that differ from the rendered notebooks.
type StaleError struct {
	Out   string
	Files []string // each with its difference
	mend  string   // the command
}

// Error implements error.
func (e *StaleError) Error() string {
	return fmt.Sprintf("%s differs from the rendered notebooks: %s; to update it: %s", e.Out, strings.Join(e.Files, ", "), e.mend)
}

// check compares the folder of the pages with the files that belong there.
func (r *rendered) check(o Options) error {
	stale := &StaleError{Out: r.out, mend: "go run ./kernel render"}
	for _, notebook := range o.Notebooks {
		stale.mend += " " + notebook
	}
	if o.Out != "" && o.Out != DefaultOut {
		stale.mend += " --out " + o.Out
	}
	if !slices.Equal(o.To, []Format{HTML}) {
		var formats []string
		for _, format := range o.To {
			formats = append(formats, string(format))
		}
		stale.mend += " --to " + strings.Join(formats, ",")
	}
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		want := r.files[name]
		got, err := os.ReadFile(filepath.Join(r.out, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			stale.Files = append(stale.Files, name+" is missing")
		case err != nil:
			return err
		case !bytes.Equal(got, want):
			stale.Files = append(stale.Files, name+" differs from its rendered notebook")
		}
	}
	for _, picture := range r.leftPictures() {
		stale.Files = append(stale.Files, picture+" is in no page")
	}
	if slices.Contains(o.To, HTML) {
		there, err := filepath.Glob(filepath.Join(globQuote(r.out), "*.html"))
		if err != nil {
			return err
		}
		for _, path := range there {
			name := filepath.Base(path)
			if _, belongs := r.files[name]; !belongs && !r.pages[name] {
				stale.Files = append(stale.Files, name+" has no notebook: remove it")
			}
		}
	}
	if len(stale.Files) == 0 {
		return nil
	}
	slices.Sort(stale.Files)
	return stale
}
