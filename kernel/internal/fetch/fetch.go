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

// job is one try to bring an item from one source.
type job struct {
	ctx      context.Context
	dir      string // empty, gets the files
	progress *report.Reporter
}

// UnavailableError says that no source gave what was asked for, and why not.
type UnavailableError struct {
	Name   string
	Tried  []error // one for each source, in order
	ByHand string  // what to do instead
}

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

// TakenError says that the folder holds something other than what was asked for.
type TakenError struct {
	Dir   string
	Name  string // what was asked for
	Holds string // what is there
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("%s is not put into %s, which holds %s: choose another folder, or remove this one", e.Name, e.Dir, e.Holds)
}

// Run fetches name into the folder dir and prints to out how it goes. Where dir holds
// it already it says so and returns. It tries one source after the other.
//
// The error is a *[TakenError], an *[UnavailableError], or the context's cause; then
// nothing is left.
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
			return it.bring(job{ctx, tmp, lines}, dir)
		})
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, folder.ErrTaken):
			return &TakenError{Dir: dir, Name: it.name, Holds: "what came into it meanwhile"}
		case err != nil:
			return err
		}
		lines.Line("there", it.name+": "+path)
	}
	lines.Line("use it", fmt.Sprintf("go run ./kernel run -p %s=%s", it.parameter, path))
	return nil
}

// bring tries the sources; dir is the folder's name at the end.
func (it item) bring(j job, dir string) error {
	failed := &UnavailableError{Name: it.name, ByHand: strings.ReplaceAll(it.byHand, "%s", dir)}
	for i, s := range it.sources {
		err := s.bring(j)
		if err == nil {
			return writeMark(j.dir, it.name, s.name)
		}
		if j.ctx.Err() != nil {
			return context.Cause(j.ctx)
		}
		failed.Tried = append(failed.Tried, fmt.Errorf("%s: %w", s.name, err))
		if i < len(it.sources)-1 {
			j.progress.Line("next", fmt.Sprintf("%s did not give it: %v\ntrying %s", s.name, err, it.sources[i+1].name))
		}
		if err := empty(j.dir); err != nil {
			return err
		}
	}
	return failed
}

// empty removes what a source left.
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
