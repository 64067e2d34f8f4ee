package digest

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// settled is the minimum age of a file's last change for a valid stamp: a second change within
// one tick of the file system's clock would leave the same times.
const settled = 2 * time.Second

const (
	maxFiles = 200_000 // of a folder that is stamped
	maxDepth = 32      // of its folders, since links can form a cycle
)

// Stamp returns a short text that changes whenever one of the files, or a file in one of the
// folders, is changed, replaced, added, removed or renamed. It covers each file's path, size,
// inode, mtime and ctime; programs cannot set the ctime. Links are followed. "" means no stamp:
// a file is missing, changed within the last two seconds, or lies in a folder with more than
// 200,000 files.
func Stamp(paths ...string) string { return stampAt(time.Now(), paths...) }

func stampAt(now time.Time, paths ...string) string {
	s := stamper{sum: NewStrings(), now: now}
	for _, path := range paths {
		absolute, err := filepath.Abs(path)
		if err != nil || !s.add(absolute, 0) {
			return ""
		}
	}
	return s.sum.String()
}

type stamper struct {
	sum   Strings
	files int
	now   time.Time
}

// add adds a file, or a folder with all that it contains. It returns false if it cannot.
func (s *stamper) add(path string, depth int) bool {
	info, err := os.Stat(path)
	if err != nil || depth > maxDepth {
		return false
	}
	if info.IsDir() {
		s.sum.Add(path)
		entries, err := os.ReadDir(path) // sorted
		if err != nil {
			return false
		}
		for _, entry := range entries {
			if !s.add(filepath.Join(path, entry.Name()), depth+1) {
				return false
			}
		}
		return true
	}
	if s.files++; s.files > maxFiles {
		return false
	}
	state, changed := stateOf(info)
	latest := info.ModTime()
	if changed.After(latest) {
		latest = changed
	}
	if !latest.Before(s.now.Add(-settled)) {
		return false
	}
	s.sum.Add(path, fmt.Sprintf("%v %d %d %s", info.Mode()&fs.ModeType, info.Size(), info.ModTime().UnixNano(), state))
	return true
}
