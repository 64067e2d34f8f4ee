package runfolder

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// BusyError is a run folder to which another process writes.
type BusyError struct {
	Dir    string
	Holder string // "process 1234 on host", "" if it is not known
}

// Error implements error.
func (e *BusyError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("run folder %s: %s is writing to it; wait for it or stop it, or use another name", e.Dir, holder)
}

// lockRun takes the folder's lock without waiting. The system gives it back
// when the process ends, however it ends; the file stays, for removing it would
// let two processes hold locks on two files of that name.
func lockRun(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, LockFile)
	lock := flock.New(path)
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run folder %s cannot be locked: %w", dir, err)
	}
	if !locked {
		// The holder's name is a courtesy, so not being able to read it is no error.
		holder, _ := os.ReadFile(path)
		return nil, &BusyError{Dir: dir, Holder: strings.TrimSpace(string(holder))}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	_ = os.WriteFile(path, fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0o644)
	return lock, nil
}
