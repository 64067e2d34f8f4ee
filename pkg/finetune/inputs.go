package finetune

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

// stampsFile holds, for each input at its place, the stamp that it had when its digests
// were last computed. It only saves time: without it they are computed again.
const stampsFile = ".inputs.json"

// input is something that a run reads and that decides its results. experiment.json holds
// the digests of its parts, so that a run never goes on with another.
type input struct {
	name   string // of the field in experiment.json's "inputs": "data", "model"
	source string // what the run calls it: a path or a name
	what   string // for people: "data reviews.csv"

	// find returns where the input lies on this machine and the files to stamp there, none
	// for what comes with the program. The error matches fs.ErrNotExist where it is not
	// on this machine.
	find func() (place string, files []string, err error)
	// digests computes the digests of the input's parts.
	digests func(ctx context.Context) (map[string]string, error)
	// part describes a part for people: "texts, labels or ids of the training half".
	part func(name string) string
}

// changedInput is what differs between an input and the record of it.
type changedInput struct {
	input
	digests map[string]string // of its parts; nil where it is known without them
	changes []Change
}

// verifyInputs compares inputs with the folder's record of them, without reading those
// whose files are as they were when their digests were computed. An input that is not on
// this machine is not compared. Digests that a folder of an earlier version lacks are
// recorded. A note says so in both cases.
func (r *RunFolder) verifyInputs(ctx context.Context, inputs []input, note func(string)) error {
	if r.holdsNothing() {
		return nil // they are recorded when they are read
	}
	var changed []changedInput
	var late []string
	for _, in := range inputs {
		_, recorded := r.record.Inputs[in.name]
		c, err := r.compareInput(ctx, in)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			note(fmt.Sprintf("%s is not on this machine: whether it is still what run folder %s was computed from is not checked", in.what, r.dir))
		case err != nil:
			return fmt.Errorf("run folder %s: %s, which it was computed from, cannot be read: %w", r.dir, in.what, err)
		case len(c.changes) > 0:
			changed = append(changed, c)
		case !recorded:
			late = append(late, in.what)
		}
	}
	if len(late) > 0 {
		r.record.InputsLate = true
		if err := r.writeRecord(); err != nil {
			return err
		}
		note(fmt.Sprintf("run folder %s was begun by a version of lorabook that recorded no digests of what it read: those of %s are recorded now, and whether they changed before cannot be told", r.dir, strings.Join(late, " and ")))
	}
	return r.changedInputs(changed...)
}

// compareInput finds the parts of an input that differ from the record.
func (r *RunFolder) compareInput(ctx context.Context, in input) (changedInput, error) {
	seen, err := in.look()
	if err != nil || r.isKnown(in, seen) {
		return changedInput{input: in}, err
	}
	digests, err := in.digests(ctx)
	if err != nil {
		return changedInput{input: in}, err
	}
	return r.compareDigests(in, seen, digests)
}

// sight is an input as it lay on this machine at a moment.
type sight struct {
	key   string // of its stamp: its name and place
	stamp string // "" for none
}

// look finds an input. Digests of what is read afterwards belong to the sight's stamp.
func (in input) look() (sight, error) {
	place, files, err := in.find()
	if err != nil {
		return sight{}, err
	}
	s := sight{key: in.name + " " + place}
	if len(files) > 0 {
		s.stamp = digest.Stamp(files...)
	}
	return s, nil
}

// lookBeforeReading is look for an input that may still have to be downloaded: it has no
// stamp then.
func (in input) lookBeforeReading() sight {
	seen, err := in.look()
	if err != nil {
		return sight{key: in.name}
	}
	return seen
}

// readInput compares the digests of an input that was read after it was seen with the
// record of it, or records them. Where nothing was computed from another yet, it takes the
// other's place.
func (r *RunFolder) readInput(in input, seen sight, digests map[string]string) error {
	c, err := r.compareDigests(in, seen, digests)
	if err != nil {
		return err
	}
	return r.accept(c)
}

// checkInput is readInput of an input that lies in files and is about to be read, or was
// just read: digests are computed only if the stamp of the files has changed.
func (r *RunFolder) checkInput(ctx context.Context, in input) error {
	c, err := r.compareInput(ctx, in)
	if err != nil {
		return err
	}
	return r.accept(c)
}

// accept records an input in place of another from which nothing was computed yet; else
// one that differs is a *ChangedError.
func (r *RunFolder) accept(c changedInput) error {
	if len(c.changes) > 0 && r.lock != nil && r.holdsNothing() {
		return r.recordInput(c.input, c.digests)
	}
	return r.changedInputs(c)
}

// isKnown tells whether an input has the stamp that it had when its digests were compared.
func (r *RunFolder) isKnown(in input, seen sight) bool {
	_, recorded := r.record.Inputs[in.name]
	return recorded && seen.stamp != "" && r.readStamps()[seen.key] == seen.stamp
}

// compareDigests finds the parts of an input that differ from the record. An input without
// a record is recorded.
func (r *RunFolder) compareDigests(in input, seen sight, digests map[string]string) (changedInput, error) {
	c := changedInput{input: in, digests: digests}
	recorded, known := r.record.Inputs[in.name]
	if known {
		c.changes = diffDigests(in.name, recorded, digests)
	}
	if r.lock == nil || len(c.changes) > 0 {
		return c, nil
	}
	if !known {
		if err := r.recordInput(in, digests); err != nil {
			return c, err
		}
	}
	if stamps := r.readStamps(); stamps[seen.key] != seen.stamp {
		stamps[seen.key] = seen.stamp
		_ = writeJSON(r.Path(stampsFile), stamps) // it only saves time
	}
	return c, nil
}

// readStamps is empty where the file is not there or cannot be read.
func (r *RunFolder) readStamps() map[string]string {
	stamps := map[string]string{}
	if err := readJSON(r.Path(stampsFile), &stamps, ""); err != nil {
		return map[string]string{}
	}
	return stamps
}

// recordInput writes an input's digests into experiment.json.
func (r *RunFolder) recordInput(in input, digests map[string]string) error {
	inputs := maps.Clone(r.record.Inputs)
	if inputs == nil {
		inputs = map[string]map[string]string{}
	}
	inputs[in.name] = digests
	r.record.Inputs = inputs
	if r.withdrawn {
		return nil // restore writes it
	}
	return r.writeRecord()
}

// diffDigests lists the parts whose digests differ, sorted.
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
			changes = append(changes, Change{Path: inputsField + name + "." + part, Folder: value(folder, part), Asked: value(now, part)})
		}
	}
	return changes
}

// inputsField leads to the digests in experiment.json.
const inputsField = "inputs."

// changedInputs is a *ChangedError that names what changed, nil where nothing did.
func (r *RunFolder) changedInputs(changed ...changedInput) error {
	e := &ChangedError{Dir: r.dir}
	for _, c := range changed {
		for _, change := range c.changes {
			e.Changes = append(e.Changes, change)
			part := strings.TrimPrefix(change.Path, inputsField+c.name+".")
			e.Inputs = append(e.Inputs, fmt.Sprintf("%s of %s", c.part(part), c.what))
		}
	}
	if len(e.Changes) == 0 {
		return nil
	}
	return e
}
