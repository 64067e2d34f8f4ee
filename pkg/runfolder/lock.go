package runfolder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// BusyError is a run folder to which another process writes.
type BusyError struct {
	Dir    string
	File   string // the result that the process computes; "" if the process holds the whole folder
	Holder string // "process 1234 on host"; "" if it is unknown
}

// Error implements error.
func (e *BusyError) Error() string {
	if e.File != "" {
		return fmt.Sprintf("run folder %s: %s is computing %s; wait for it or stop it, or use another name", e.Dir, e.By(), e.File)
	}
	return fmt.Sprintf("run folder %s: %s is writing to it; wait for it or stop it, or use another name", e.Dir, e.By())
}

// By returns the Holder, or "another process" if it is not known.
func (e *BusyError) By() string {
	if e.Holder == "" {
		return "another process"
	}
	return e.Holder
}

// retry is the time between two attempts to lock a file that another process holds.
const retry = 200 * time.Millisecond

// lockFile locks a file of the folder without waiting; while another process holds it, the error is
// a *BusyError. The system releases the lock at the end of the process. The file remains, since
// after its removal two processes could lock two files of that name; only Withdraw removes it,
// with the folder, which is then made again.
func (r *Folder) lockFile(name, result string) (*flock.Flock, error) {
	path := filepath.Join(r.dir, name)
	lock := flock.New(path)
	locked, err := lock.TryLock()
	const attempts = 10
	for i := 0; i < attempts && (errors.Is(err, fs.ErrNotExist) || locked && !isAt(lock, path)); i++ {
		_ = lock.Close() // the file that another process has removed
		if err := os.MkdirAll(r.dir, 0o755); err != nil {
			return nil, fmt.Errorf("run folder %s: %w", r.dir, err)
		}
		lock = flock.New(path)
		locked, err = lock.TryLock()
	}
	if err != nil {
		return nil, fmt.Errorf("run folder %s cannot be locked: %w", r.dir, err)
	}
	if !locked {
		// The holder's name is optional, so a failure to read it is not an error.
		holder, _ := os.ReadFile(path)
		_ = lock.Close()
		return nil, &BusyError{Dir: r.dir, File: result, Holder: strings.TrimSpace(string(holder))}
	}
	host, err := os.Hostname()
	if err != nil {
		host = "this machine"
	}
	_ = os.WriteFile(path, fmt.Appendf(nil, "process %d on %s\n", os.Getpid(), host), 0o644)
	return lock, nil
}

// isAt reports whether the locked file is the one at the path.
func isAt(lock *flock.Flock, path string) bool {
	locked, err := lock.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(locked, there)
}

// waitForLock is lockFile that waits for the other process. It calls wait, if it is not nil,
// before each new attempt. If ctx ends first, the error matches ctx's and the *BusyError.
func (r *Folder) waitForLock(ctx context.Context, name, result string, wait func(*BusyError)) (*flock.Flock, error) {
	for {
		lock, err := r.lockFile(name, result)
		var busy *BusyError
		if !errors.As(err, &busy) {
			return lock, err
		}
		if wait != nil {
			wait(busy)
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("stopped waiting: %w (%w)", busy, ctx.Err())
		case <-time.After(retry):
		}
	}
}
