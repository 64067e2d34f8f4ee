package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// job is one attempt to download an item from one source.
type job struct {
	ctx      context.Context
	dir      string // empty, gets the files
	progress *report.Reporter
}

// UnavailableError reports that all sources failed, with their errors.
type UnavailableError struct {
	Name   string
	Tried  []error // one error for each source, in order
	ByHand string  // the manual alternative
}

// Error implements error.
func (e *UnavailableError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s could not be fetched", e.Name)
	for _, err := range e.Tried {
		fmt.Fprintf(&b, "\n  from %v", err)
	}
	return b.String() + "\n" + e.ByHand
}

// Unwrap returns the errors of the sources.
func (e *UnavailableError) Unwrap() []error { return e.Tried }

// TakenError reports a folder with other content than the requested item.
type TakenError struct {
	Dir    string
	Name   string // the requested item
	Reason string // the folder's content, the expected one, and what to do
}

// Error implements error.
func (e *TakenError) Error() string {
	return e.Dir + ": " + e.Reason
}

// Run downloads name to the folder dir and prints its progress to out. If dir contains it
// already, Run reports this and returns. It tries one source after the other.
//
// The error is a *[TakenError], an *[UnavailableError], or the context's cause; after an error
// no files are left.
func Run(ctx context.Context, name, dir string, out io.Writer) error {
	it := find(name)
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if linked, err := filepath.EvalSymlinks(dir); err == nil {
		dir = linked
	}
	lines := report.New(out)
	path, err := it.present(dir)
	if err != nil {
		return err
	}
	if path != "" {
		lines.Line("there", it.name+" already: "+path)
	} else {
		path = dir
		err := folder.Create(dir, func(tmp string) error {
			return it.download(job{ctx, tmp, lines}, dir)
		})
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, folder.ErrTaken):
			return it.taken(dir, "the content that appeared in the meantime")
		case err != nil:
			return err
		}
		lines.Line("there", it.name+": "+path)
	}
	lines.Line("use it", fmt.Sprintf("go run ./kernel run -p %s=%s", it.parameter, path))
	return nil
}

// download tries the sources; dir is the final name of the folder.
func (it item) download(j job, dir string) error {
	failed := &UnavailableError{Name: it.name, ByHand: strings.ReplaceAll(it.byHand, "%s", dir)}
	for i, s := range it.sources {
		err := s.download(j)
		if err == nil {
			return writeMark(j.dir, it.name, s.name)
		}
		if j.ctx.Err() != nil {
			return context.Cause(j.ctx)
		}
		failed.Tried = append(failed.Tried, fmt.Errorf("%s: %w", s.name, err))
		if i < len(it.sources)-1 {
			j.progress.Line("next", fmt.Sprintf("%s failed: %v\ntrying %s", s.name, err, it.sources[i+1].name))
		}
		if err := empty(j.dir); err != nil {
			return err
		}
	}
	return failed
}

// empty removes a source's partial files.
func empty(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := os.RemoveAll(filepath.Join(dir, entry.Name())); err != nil {
			return err
		}
	}
	return nil
}
