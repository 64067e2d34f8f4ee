package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	trainprogress "github.com/lorabook/lorabook/pkg/progress"
)

// OtherPresetError is a copy of a notebook that has other parameters set.
type OtherPresetError struct {
	Path      string
	Has, Want string // the cells that set them
}

// Error implements error.
func (e *OtherPresetError) Error() string {
	return fmt.Sprintf("%s has other parameters set:\n%s\ninstead of\n%s\ndelete it, or choose another folder for the copies", e.Path, e.Has, e.Want)
}

// Preset copies notebooks into the folder dir, made if need be, with parameters (texts
// "name=value") set as [Run] sets them and without outputs, which were those of other
// parameters. It returns the copies' paths. An existing copy with the same parameters may
// contain a user's changes and is kept. A copy with other parameters is an *OtherPresetError.
// If a notebook cannot be read or a parameter is wrong, no copy is written. Corrections to a
// copy are printed to out.
func Preset(notebooks, parameters []string, dir string, out io.Writer) ([]string, error) {
	assignments, err := parseAssignments(parameters)
	if err != nil {
		return nil, err
	}
	jobs := make([]*job, len(notebooks))
	for i, source := range notebooks {
		if jobs[i], err = newJob(source, Options{Out: dir}); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(jobs[:i], jobs[i].clashes) {
			return nil, fmt.Errorf("%s: another notebook would be copied to %s, too", source, jobs[i].target)
		}
	}
	if err := assign(jobs, assignments); err != nil {
		return nil, err
	}
	if err := check(jobs, func(j *job) string { return filepath.Dir(j.target) }); err != nil {
		return nil, err
	}
	var paths []string
	var fresh []*job
	for _, j := range jobs {
		paths = append(paths, j.target)
		kept, err := j.isThere()
		if err != nil {
			return nil, err
		}
		if !kept {
			fresh = append(fresh, j)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	for _, j := range fresh {
		for _, change := range j.notebook.Corrections {
			fmt.Fprintf(out, trainprogress.WarningPrefix+"%s: corrected in the copy %s: %s\n", j.source, j.target, change)
		}
		for _, cell := range j.notebook.Cells {
			cell.Outputs, cell.ExecutionCount = nil, nil
		}
		if err := j.notebook.Write(j.target); err != nil {
			return nil, err
		}
	}
	return paths, nil
}

// isThere reports whether the job's target is a copy with the same parameters set.
func (j *job) isThere() (bool, error) {
	there, err := nbformat.Read(j.target)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if has, want := injected(there), injected(j.notebook); has != want {
		return false, &OtherPresetError{Path: filepath.Clean(j.target), Has: has, Want: want}
	}
	return true, nil
}

// injected is the source of the cell that sets parameters, or "".
func injected(nb *nbformat.Notebook) string {
	for _, cell := range nb.Cells {
		if cell.HasTag(injectedTag) {
			return cell.Source
		}
	}
	return ""
}
