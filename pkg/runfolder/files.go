package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// ErrReadOnly is matched by the error of writing to a folder that was opened with [Open], is
// closed, or was opened with [Join] and is not locked.
var ErrReadOnly = errors.New("the run folder is closed, or not open for writing; open it with Create, or with Join and Lock, and an experiment with finetune.Open")

// ChangedError reports a run folder with another experiment, or with results from other data or
// another model than the current ones.
type ChangedError struct {
	Dir     string
	Changes []Change // at least one, sorted by path; changed inputs are differences of digests, "inputs.data.train"
	Inputs  []string // the changes of the inputs as text; empty if only the experiment changed
	Chosen  string   // how the caller's user chooses another folder, for the text: "-p run=NAME"; may be empty
}

// Error implements error.
func (e *ChangedError) Error() string {
	var text strings.Builder
	other := "choose another name for this run"
	if e.Chosen != "" {
		other += " (" + e.Chosen + ")"
	}
	if len(e.Inputs) > 0 {
		fmt.Fprintf(&text, "run folder %s was computed from other inputs than the current ones. Changed inputs:", e.Dir)
		for i, what := range e.Inputs {
			fmt.Fprintf(&text, "\n  %s (%s)", what, e.Changes[i].Path)
		}
		text.WriteString("\nrestore the original inputs, " + other + ", or delete the folder to compute everything again")
		return text.String()
	}
	fmt.Fprintf(&text, "run folder %s contains another experiment:", e.Dir)
	for _, c := range e.Changes {
		text.WriteString("\n  " + c.String())
	}
	text.WriteString("\nuse the folder's experiment, " + other + ", or delete the folder")
	return text.String()
}

// Has reports whether the folder contains a file or folder with this name.
func (r *Folder) Has(name string) bool {
	_, err := os.Stat(r.Path(name))
	return err == nil
}

// Write writes v as JSON to the file with this name atomically. An object gets a checksum as its
// last field, "crc32c".
func (r *Folder) Write(name string, v any) error {
	if err := r.writable(name); err != nil {
		return err
	}
	if name == ExperimentFile {
		return fmt.Errorf("%s: only Create writes this file", r.Path(name))
	}
	return writeCheckedJSON(r.Path(name), v)
}

// Read unmarshals the JSON file with this name into v. The error matches fs.ErrNotExist if the
// file does not exist. It is a *DamagedError if the file does not contain a value of v's type
// or its checksum is wrong.
func (r *Folder) Read(name string, v any) error {
	if err := checkJSONName(name); err != nil {
		return err
	}
	return readJSON(r.Path(name), v, "delete it and run the experiment again: missing results are computed again")
}

// Once returns the value of the JSON file with this name. If the file does not exist, it calls
// compute and writes the result. If compute fails, it writes no file. In a folder opened with
// [Join], the caller holds the result's lock: see [Folder.Lock].
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
	if r.lock == nil && len(r.held) == 0 {
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
