package runfolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/folder"
)

// Withdraw removes the experiment from a folder without results, so that an experiment that
// failed immediately, for example because of a misspelt model, does not block the corrected
// experiment. An experiment that was stopped, or that another process works on, is not withdrawn.
// The folder itself is removed too, if it holds nothing but lock files and the system can remove
// open files. Restore writes the experiment again.
func (r *Folder) Withdraw(failure error) error {
	stopped := errors.Is(failure, context.Canceled) || errors.Is(failure, context.DeadlineExceeded)
	if failure == nil || stopped || !r.writes() || !r.isEmpty() {
		return nil
	}
	err := r.alone(func() error {
		if !r.isEmpty() {
			return nil
		}
		r.withdrawn = true
		r.record.Inputs = nil
		var err error
		for _, path := range folder.Match(r.dir, EventFiles) {
			err = errors.Join(err, os.Remove(path))
		}
		// The experiment is last: without it, the folder would no longer be a run folder.
		for _, name := range []string{CheckpointsDir, HistoryFile, TeacherStatesFile, TeacherStatesFile + TeacherSumsEnding, SplitsFile, StampsFile, ExperimentFile} {
			err = errors.Join(err, os.RemoveAll(r.Path(name)))
		}
		if err == nil {
			r.removeLocks()
		}
		return err
	})
	// A process that works on the experiment, or has replaced it, needs it.
	if busy, changed := (*BusyError)(nil), (*ChangedError)(nil); errors.As(err, &busy) || errors.As(err, &changed) {
		return nil
	}
	return err
}

// removeLocks removes a folder that holds nothing but lock files, all of which this process has
// locked. A process that waits for one of them makes the folder again (see lockFile). It is no
// error if the folder cannot be removed.
func (r *Folder) removeLocks() {
	entries, err := os.ReadDir(r.dir)
	if err != nil || slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !isLock(e.Name()) }) {
		return
	}
	for _, e := range entries {
		_ = os.Remove(r.Path(e.Name()))
	}
	_ = os.Remove(r.dir)
}

// isLock reports whether a file is one of the lock files.
func isLock(name string) bool {
	return name == LockFile || slices.ContainsFunc(lockedResults, func(result string) bool { return name == resultLock(result) })
}

// Restore undoes Withdraw, for another attempt by the same process.
func (r *Folder) Restore() error {
	if !r.withdrawn {
		return nil
	}
	return r.withRecord(r.writeRecord)
}

// isEmpty reports whether the folder contains neither results nor a checkpoint. The experiment,
// the splits, hidden files, an empty history and the initial values of an adapter do not count.
func (r *Folder) isEmpty() bool {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case name == ExperimentFile, name == SplitsFile, strings.HasPrefix(name, "."), isEventFile(name):
		case name == HistoryFile, name == TeacherStatesFile, name == TeacherStatesFile+TeacherSumsEnding:
			if info, err := e.Info(); err != nil || info.Size() > 0 {
				return false
			}
		case name == CheckpointsDir:
			inside, err := os.ReadDir(r.Path(name))
			if err != nil || len(inside) > 1 || len(inside) == 1 && inside[0].Name() != AdapterInitializationFile {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// isEventFile reports whether a file is a copy of the history for TensorBoard.
func isEventFile(name string) bool {
	ok, _ := filepath.Match(EventFiles, name)
	return ok
}

// IsWithdrawn reports whether Withdraw removed the experiment.
func (r *Folder) IsWithdrawn() bool { return r.withdrawn }
