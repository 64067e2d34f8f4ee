package prefixcache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"github.com/lorabook/lorabook/internal/private"
)

// Endings of the files in the folder. Files of one key have the same name: the complete states,
// the states of a computation that is in progress or was stopped, and the lock. A process that
// reads or computes states holds their lock. The lock file is not deleted, as in a run folder.
const (
	statesFile  = ".states"
	partFile    = ".part"
	lockFile    = ".lock"
	lockedEvery = time.Second / 4 // polling interval for a lock of another process
)

// folder returns the folder of the states of all runs of this user, and makes it if it is
// missing.
func folder() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("this user has no cache folder for hidden states (%w): set HOME, or train without the cache", err)
	}
	dir := filepath.Join(cache, "lorabook", "prefix")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	if err := private.Check(dir); err != nil {
		return "", fmt.Errorf("the cache of hidden states is not used: %w, or train without the cache", err)
	}
	return dir, nil
}

// lockStates acquires the lock of path, shared or exclusive. It calls wait if another process
// holds the lock.
func lockStates(ctx context.Context, path string, shared bool, wait func()) (*flock.Flock, error) {
	lock := flock.New(path + lockFile)
	try, retry := lock.TryLock, lock.TryLockContext
	if shared {
		try, retry = lock.TryRLock, lock.TryRLockContext
	}
	locked, err := try()
	if err == nil && !locked {
		wait()
		_, err = retry(ctx, lockedEvery)
	}
	switch {
	case ctx.Err() != nil:
		return nil, errors.Join(ctx.Err(), lock.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("%s cannot be locked: %w", lock.Path(), err), lock.Close())
	}
	return lock, nil
}

// makeRoom deletes the least recently used states until the states of path fit in the limit. If
// locks of other processes prevent this, it returns the bytes of the locked states.
func makeRoom(path string, bytes, limit int64) (inUse int64, err error) {
	type file struct {
		path  string
		bytes int64
		used  time.Time
	}
	dir, own := filepath.Split(path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	var files []file
	total := bytes
	for _, entry := range entries {
		kind := filepath.Ext(entry.Name())
		name := strings.TrimSuffix(entry.Name(), kind)
		if kind != statesFile && kind != partFile || name == own {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // deleted since
		}
		files = append(files, file{filepath.Join(dir, entry.Name()), info.Size(), info.ModTime()})
		total += info.Size()
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	for _, f := range files {
		if total <= limit {
			return 0, nil
		}
		lock := flock.New(strings.TrimSuffix(f.path, filepath.Ext(f.path)) + lockFile)
		if locked, err := lock.TryLock(); err != nil || !locked {
			inUse += f.bytes
		} else if err := os.Remove(f.path); err != nil {
			return 0, errors.Join(err, lock.Close())
		} else {
			total -= f.bytes
		}
		if err := lock.Close(); err != nil {
			return 0, err
		}
	}
	if total <= limit {
		return 0, nil
	}
	return inUse, nil
}
