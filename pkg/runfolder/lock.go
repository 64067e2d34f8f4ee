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

// lockRun locks the folder without waiting. The system releases the lock at the end of the
// process. The file remains, since after its removal two processes could lock two files of that
// name.
func lockRun(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, LockFile)
	lock := flock.New(path)
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("run folder %s cannot be locked: %w", dir, err)
	}
	if !locked {
		// The holder's name is optional, so a failure to read it is not an error.
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
