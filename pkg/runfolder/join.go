package runfolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lockedResults are the results with a lock each in a folder that is opened with [Join].
var lockedResults = []string{BaselineFile, TrainingFile, ReportFile}

// recordPatience bounds the wait for another process that writes experiment.json.
const recordPatience = 30 * time.Second

// Join opens root/name for several processes that work on one experiment. Reading needs no lock:
// a folder with the same experiment opens at any time, while other processes compute, and also
// if it cannot be written to. [Folder.Lock] makes one process the only one that computes a
// result. A new folder is created with the experiment and the environment.
//
// The errors are those of [Create], except that the folder of a working process is no error.
func Join(root, name string, experiment any, environment Environment) (*Folder, error) {
	r, err := newFolder(root, name, experiment, environment)
	if err != nil {
		return nil, err
	}
	r.shared = true
	err = r.readRecord()
	if errors.Is(err, fs.ErrNotExist) {
		if err := r.makeDir(); err != nil {
			return nil, err
		}
		r.record = r.own
		if err := r.withRecord(r.writeRecord); err != nil {
			return nil, err
		}
		return r, r.sweepAlone() // a process may have been killed while it wrote its record
	}
	if err != nil {
		return nil, err
	}
	if err := r.Same(r.own.Experiment); err != nil {
		return nil, err
	}
	return r, r.sweepAlone()
}

// Lock makes this process the only one that computes the result with this file name
// ([BaselineFile], [TrainingFile] or [ReportFile]) of a folder opened with [Join], and returns
// the function that ends this. While another process computes it, Lock waits and calls wait with
// that process several times a second; wait may be nil. If ctx ends first, the error matches
// ctx's. If the other process ends without the result, even if it is killed, Lock returns: the
// caller reads the result again and computes it if it is still missing.
//
// The error is a *ChangedError if another process has meanwhile recorded other inputs or
// another experiment. A folder opened with [Create] is already locked.
func (r *Folder) Lock(ctx context.Context, name string, wait func(*BusyError)) (unlock func() error, err error) {
	nothing := func() error { return nil }
	if r.lock != nil || r.held[name] != nil {
		return nothing, nil
	}
	if !r.shared {
		return nil, fmt.Errorf("%s not computed: %w", r.Path(name), ErrReadOnly)
	}
	lock, err := r.waitForLock(ctx, resultLock(name), name, wait)
	if err != nil {
		return nil, err
	}
	unlock = func() error {
		delete(r.held, name)
		return lock.Unlock()
	}
	if r.held == nil {
		r.held = map[string]*flock.Flock{}
	}
	r.held[name] = lock
	if err := r.withRecord(r.confirm); err != nil {
		return nil, errors.Join(err, unlock())
	}
	return unlock, nil
}

// Holder returns the process that computes a result ("process 1234 on host"); "" if no other
// process does, or if that cannot be found out.
func (r *Folder) Holder(name string) string {
	if r.held[name] != nil {
		return ""
	}
	if holder, known := r.holds(resultLock(name)); known {
		return holder
	}
	lock, err := r.lockFile(resultLock(name), name)
	var busy *BusyError
	if errors.As(err, &busy) {
		return busy.By()
	}
	if err == nil {
		_ = lock.Unlock()
	}
	return ""
}

// resultLock is the name of a result's lock file.
func resultLock(name string) string { return LockFile + "." + name }

// withRecord calls do while no other process writes experiment.json. In a folder opened with
// Join, do works with a record that is read again.
func (r *Folder) withRecord(do func() error) error {
	if r.lock != nil || r.recording {
		return do()
	}
	if !r.shared {
		return fmt.Errorf("%s not written: %w", r.Path(ExperimentFile), ErrReadOnly)
	}
	ctx, cancel := context.WithTimeout(context.Background(), recordPatience)
	defer cancel()
	lock, err := r.waitForLock(ctx, LockFile, "", nil)
	if err != nil {
		return err
	}
	r.recording = true
	defer func() { r.recording = false }()
	if err := r.reload(); err != nil {
		return errors.Join(err, lock.Unlock())
	}
	return errors.Join(do(), lock.Unlock())
}

// reload reads experiment.json again, since another process may have changed it. It must have
// the same experiment, and the inputs that this process has read. A record that another process
// withdrew is written by the next write.
func (r *Folder) reload() error {
	known := r.record.Inputs
	now := Folder{dir: r.dir}
	err := now.readRecord()
	if errors.Is(err, fs.ErrNotExist) {
		r.record = r.own
		r.record.Inputs = known
		return nil
	}
	if err != nil {
		return err
	}
	if err := now.Same(r.own.Experiment); err != nil {
		return err
	}
	changed := &ChangedError{Dir: r.dir}
	for _, input := range slices.Sorted(maps.Keys(known)) {
		recorded, ok := now.record.Inputs[input]
		if !ok {
			continue
		}
		for _, c := range diffDigests(input, recorded, known[input]) {
			changed.Changes = append(changed.Changes, c)
			changed.Inputs = append(changed.Inputs, strings.TrimPrefix(c.Path, inputsField))
		}
	}
	if len(changed.Changes) > 0 {
		return changed
	}
	r.record = now.record
	r.withdrawn = false
	return nil
}

// confirm writes experiment.json if another process withdrew it.
func (r *Folder) confirm() error {
	if r.withdrawn || r.Has(ExperimentFile) {
		return nil
	}
	return r.writeRecord()
}

// alone calls do while no other process computes a result or writes experiment.json. If one
// does, it returns a *BusyError without a call of do.
func (r *Folder) alone(do func() error) (err error) {
	if r.lock != nil {
		return do()
	}
	if !r.shared {
		return fmt.Errorf("run folder %s: %w", r.dir, ErrReadOnly)
	}
	for _, name := range lockedResults {
		if r.held[name] != nil {
			continue
		}
		lock, lockErr := r.lockFile(resultLock(name), name)
		if lockErr != nil {
			return lockErr
		}
		defer func() { err = errors.Join(err, lock.Unlock()) }()
	}
	return r.withRecord(do)
}
