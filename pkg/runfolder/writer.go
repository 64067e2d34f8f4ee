package runfolder

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// Writer describes a process that writes to the folder or computes a result of it, "process 1234
// on host"; it is "" if there is none. It does not touch the lock and so does not disturb a
// process that takes it. known is false if this cannot be determined on this machine, for example
// because the last writer ran on another machine; holder then describes that process.
func (r *Folder) Writer() (holder string, known bool) {
	locks := []string{LockFile}
	for _, name := range lockedResults {
		locks = append(locks, resultLock(name))
	}
	known = true
	for _, name := range locks {
		if writer, sure := r.holds(name); writer != "" && sure {
			return writer, true
		} else if !sure && known {
			holder, known = writer, false
		}
	}
	return holder, known
}

// holds describes the process that holds a lock file, as Writer does.
func (r *Folder) holds(name string) (holder string, known bool) {
	path := r.Path(name)
	content, err := os.ReadFile(path)
	holder = strings.TrimSpace(string(content))
	if err != nil || holder == "" {
		return "", true
	}
	var process int
	var host string
	here, err := os.Hostname()
	if n, _ := fmt.Sscanf(holder, "process %d on %s", &process, &host); n != 2 || err != nil || host != here || runtime.GOOS != "linux" {
		return holder, false
	}
	lock, err := os.Stat(path)
	if err != nil {
		return "", true
	}
	// The process may have ended, and another may have its number: only an open lock file counts.
	files := fmt.Sprintf("/proc/%d/fd", process)
	entries, err := os.ReadDir(files)
	if os.IsNotExist(err) {
		return "", true
	}
	if err != nil {
		return holder, false
	}
	for _, e := range entries {
		if open, err := os.Stat(filepath.Join(files, e.Name())); err == nil && os.SameFile(open, lock) {
			return holder, true
		}
	}
	return "", true
}
