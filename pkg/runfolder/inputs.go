package runfolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/digest"
)

// StampsFile contains the stamp of each input and path at the time of the last computation of
// its digests. It only saves time: without it they are computed again.
const StampsFile = ".inputs.json"

// Input is an input that affects a run's results. experiment.json contains the digests of its
// parts, so that a run never continues with another input.
type Input struct {
	Name   string // of the field in experiment.json's "inputs": "data", "model"
	Source string // the run's name for it: a path or a name
	What   string // for people: "data reviews.csv"

	// Find returns the input's path on this machine and the files for its stamp; none for an
	// input that is part of the program. The error matches fs.ErrNotExist if the input is not
	// on this machine.
	Find func() (place string, files []string, err error)
	// Digests computes the digests of the input's parts.
	Digests func(ctx context.Context) (map[string]string, error)
	// Part describes a part for people: "texts, labels or ids of the training half".
	Part func(name string) string
}

// changedInput describes the differences between an input and its record.
type changedInput struct {
	Input
	digests map[string]string // of its parts; nil if they are not needed
	changes []Change
}

// VerifyInputs compares inputs with the folder's record. It does not read inputs with unchanged
// stamps. An input that is not on this machine is not compared. Digests that a folder of an
// earlier version lacks are recorded. A note reports both cases.
func (r *Folder) VerifyInputs(ctx context.Context, inputs []Input, note func(string)) error {
	if r.isEmpty() {
		return nil // the inputs are recorded when they are read
	}
	var changed []changedInput
	var late []string
	for _, in := range inputs {
		_, recorded := r.record.Inputs[in.Name]
		c, err := r.compareInput(ctx, in)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			note(fmt.Sprintf("%s is not on this machine: its digests were not compared with the record of run folder %s", in.What, r.dir))
		case err != nil:
			return fmt.Errorf("run folder %s: %s, one of its inputs, cannot be read: %w", r.dir, in.What, err)
		case len(c.changes) > 0:
			changed = append(changed, c)
		case !recorded:
			late = append(late, in.What)
		}
	}
	if len(late) > 0 {
		if err := r.withRecord(func() error {
			r.record.InputsLate = true
			return r.writeRecord()
		}); err != nil {
			return err
		}
		note(fmt.Sprintf("run folder %s was created by a version of lorabook without digests of inputs: the digests of %s are recorded now; earlier changes cannot be detected", r.dir, strings.Join(late, " and ")))
	}
	return r.changedInputs(changed...)
}

// compareInput finds the parts of an input that differ from the record.
func (r *Folder) compareInput(ctx context.Context, in Input) (changedInput, error) {
	seen, err := in.Look()
	if err != nil || r.isKnown(in, seen) {
		return changedInput{Input: in}, err
	}
	digests, err := in.Digests(ctx)
	if err != nil {
		return changedInput{Input: in}, err
	}
	return r.compareDigests(in, seen, digests)
}

// InputStamp is the state of an input's files on this machine at one time.
type InputStamp struct {
	key   string // key of its stamp: its name and path
	Stamp string // "" for none
}

// Look finds an input. Digests that are computed afterwards belong to the InputStamp's stamp.
func (in Input) Look() (InputStamp, error) {
	place, files, err := in.Find()
	if err != nil {
		return InputStamp{}, err
	}
	s := InputStamp{key: in.Name + " " + place}
	if len(files) > 0 {
		s.Stamp = digest.Stamp(files...)
	}
	return s, nil
}

// LookBeforeReading is Look for an input that may still have to be downloaded: then it has no
// stamp.
func (in Input) LookBeforeReading() InputStamp {
	seen, err := in.Look()
	if err != nil {
		return InputStamp{key: in.Name}
	}
	return seen
}

// ReadInput compares the digests of an input with its record, or records them. seen is the input
// before it was read. A different recorded input is replaced if nothing was computed from it.
func (r *Folder) ReadInput(in Input, seen InputStamp, digests map[string]string) error {
	c, err := r.compareDigests(in, seen, digests)
	if err != nil {
		return err
	}
	return r.accept(c)
}

// CheckInput is ReadInput for an input in files, before or after it is read: the digests are
// computed only if the stamp of the files has changed.
func (r *Folder) CheckInput(ctx context.Context, in Input) error {
	c, err := r.compareInput(ctx, in)
	if err != nil {
		return err
	}
	return r.accept(c)
}

// accept replaces a recorded input if nothing was computed from it. Otherwise a different input
// is a *ChangedError.
func (r *Folder) accept(c changedInput) error {
	if len(c.changes) > 0 && r.writes() && r.isEmpty() {
		err := r.alone(func() error { return r.recordInput(c.Input, c.digests) })
		if busy := (*BusyError)(nil); !errors.As(err, &busy) {
			return err
		}
	}
	return r.changedInputs(c)
}

// writes reports whether the folder was opened with Create or Join.
func (r *Folder) writes() bool { return r.lock != nil || r.shared }

// isKnown reports whether an input's stamp is unchanged since the comparison of its digests.
func (r *Folder) isKnown(in Input, seen InputStamp) bool {
	_, recorded := r.record.Inputs[in.Name]
	return recorded && seen.Stamp != "" && r.readStamps()[seen.key] == seen.Stamp
}

// compareDigests finds the parts of an input that differ from the record. An input without
// a record is recorded.
func (r *Folder) compareDigests(in Input, seen InputStamp, digests map[string]string) (changedInput, error) {
	c := changedInput{Input: in, digests: digests}
	recorded, known := r.record.Inputs[in.Name]
	if known {
		c.changes = diffDigests(in.Name, recorded, digests)
	}
	if !r.writes() || len(c.changes) > 0 {
		return c, nil
	}
	if r.withdrawn {
		r.setInput(in, digests) // Restore writes it; until then nothing is in the folder
		return c, nil
	}
	if !known {
		if err := r.withRecord(func() error {
			if recorded, known := r.record.Inputs[in.Name]; known { // by another process
				c.changes = diffDigests(in.Name, recorded, digests)
				return nil
			}
			return r.recordInput(in, digests)
		}); err != nil || len(c.changes) > 0 {
			return c, err
		}
	}
	if stamps := r.readStamps(); stamps[seen.key] != seen.Stamp {
		stamps[seen.key] = seen.Stamp
		_ = writeJSON(r.Path(StampsFile), stamps) // the stamps only save time
	}
	return c, nil
}

// readStamps returns an empty map if the file is missing or unreadable.
func (r *Folder) readStamps() map[string]string {
	stamps := map[string]string{}
	if err := readJSON(r.Path(StampsFile), &stamps, ""); err != nil {
		return map[string]string{}
	}
	return stamps
}

// recordInput writes an input's digests into experiment.json.
func (r *Folder) recordInput(in Input, digests map[string]string) error {
	return r.withRecord(func() error {
		r.setInput(in, digests)
		if r.withdrawn {
			return nil // Restore writes it
		}
		return r.writeRecord()
	})
}

// setInput sets an input's digests in the record, which is not written.
func (r *Folder) setInput(in Input, digests map[string]string) {
	inputs := maps.Clone(r.record.Inputs)
	if inputs == nil {
		inputs = map[string]map[string]string{}
	}
	inputs[in.Name] = digests
	r.record.Inputs = inputs
}

// diffDigests lists the parts with different digests, sorted.
func diffDigests(name string, folder, now map[string]string) []Change {
	parts := maps.Clone(folder)
	if parts == nil {
		parts = map[string]string{}
	}
	maps.Copy(parts, now)
	value := func(digests map[string]string, part string) string {
		if d, ok := digests[part]; ok {
			return jsonText(d)
		}
		return absent
	}
	var changes []Change
	for _, part := range slices.Sorted(maps.Keys(parts)) {
		if folder[part] != now[part] {
			changes = append(changes, Change{Path: inputsField + name + "." + part, Folder: value(folder, part), Now: value(now, part)})
		}
	}
	return changes
}

// inputsField is the prefix of the digests' paths in experiment.json.
const inputsField = "inputs."

// changedInputs returns a *ChangedError with the changed inputs; nil if there are none.
func (r *Folder) changedInputs(changed ...changedInput) error {
	e := &ChangedError{Dir: r.dir}
	for _, c := range changed {
		for _, change := range c.changes {
			e.Changes = append(e.Changes, change)
			part := strings.TrimPrefix(change.Path, inputsField+c.Name+".")
			e.Inputs = append(e.Inputs, fmt.Sprintf("%s of %s", c.Part(part), c.What))
		}
	}
	if len(e.Changes) == 0 {
		return nil
	}
	return e
}

// Inputs returns the recorded digests of the inputs' parts, by the names of input and part:
// Inputs()["data"]["test"]. A folder of an earlier version has none.
func (r *Folder) Inputs() map[string]map[string]string {
	out := make(map[string]map[string]string, len(r.record.Inputs))
	for name, parts := range r.record.Inputs {
		out[name] = maps.Clone(parts)
	}
	return out
}

// InputsLate reports that the digests of the inputs were recorded after the start of the run, in a
// folder of an earlier version: earlier results may be from other inputs.
func (r *Folder) InputsLate() bool { return r.record.InputsLate }
