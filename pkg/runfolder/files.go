package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ErrReadOnly is what writing to a folder opened with [Open], or already
// closed, matches.
var ErrReadOnly = errors.New("the run folder is not open for writing; open it with Create")

// ChangedError is a run folder that holds another experiment than the one asked
// for, or was computed from other data or another model than lie there now.
type ChangedError struct {
	Dir     string
	Changes []Change // at least one, sorted by path; of inputs those are of their digests, "inputs.data.train"
	Inputs  []string // what of the inputs changed, for people; empty if only the experiment did
}

// Error implements error.
func (e *ChangedError) Error() string {
	var text strings.Builder
	if len(e.Inputs) > 0 {
		fmt.Fprintf(&text, "run folder %s was computed from other inputs than are there now. These have changed:", e.Dir)
		for i, what := range e.Inputs {
			fmt.Fprintf(&text, "\n  %s (%s)", what, e.Changes[i].Path)
		}
		text.WriteString("\nput back what the run was computed from, give this one another name, or delete the folder to compute everything again")
		return text.String()
	}
	fmt.Fprintf(&text, "run folder %s holds another experiment:", e.Dir)
	for _, c := range e.Changes {
		text.WriteString("\n  " + c.String())
	}
	text.WriteString("\nask for the folder's experiment, give this one another name, or delete the folder")
	return text.String()
}

// Has tells whether the folder holds a file or folder of this name.
func (r *Folder) Has(name string) bool {
	_, err := os.Stat(r.Path(name))
	return err == nil
}

// Write writes v as JSON to the file of this name, whole or not at all; an object with a
// checksum as its last field, "crc32c".
func (r *Folder) Write(name string, v any) error {
	if err := r.writable(name); err != nil {
		return err
	}
	if name == ExperimentFile {
		return fmt.Errorf("%s: written by Create alone", r.Path(name))
	}
	return writeSealedJSON(r.Path(name), v)
}

// Read reads the JSON file of this name into v. The error matches
// fs.ErrNotExist if the folder has no such file, and is a *DamagedError if the
// file does not hold what v is, or has another checksum than it states.
func (r *Folder) Read(name string, v any) error {
	if err := checkJSONName(name); err != nil {
		return err
	}
	return readJSON(r.Path(name), v, "delete it and run the experiment again: what is missing is computed anew")
}

// Once returns what the JSON file of this name holds, at once; only if there is
// no such file it calls compute and writes the result. Where compute fails
// nothing is written.
func Once[T any](r *Folder, name string, compute func() (T, error)) (T, error) {
	var held T
	err := r.Read(name, &held)
	if err == nil {
		return held, nil
	}
	var zero T
	if !errors.Is(err, fs.ErrNotExist) {
		return zero, err
	}
	if err := r.writable(name); err != nil {
		return zero, err // before the work, not after it
	}
	made, err := compute()
	if err != nil {
		return zero, err
	}
	if err := r.Write(name, made); err != nil {
		return zero, err
	}
	return made, nil
}

func (r *Folder) writable(name string) error {
	if err := checkJSONName(name); err != nil {
		return err
	}
	if r.lock == nil {
		return fmt.Errorf("%s not written: %w", r.Path(name), ErrReadOnly)
	}
	return nil
}

func checkJSONName(name string) error {
	if !runName.MatchString(name) || !isRunFile(name) {
		return fmt.Errorf("%q: expected the plain name of a JSON file, such as %q", name, BaselineFile)
	}
	return nil
}
