package digest

import (
	"fmt"
	"io/fs"
	"syscall"
	"time"
)

// stateOf returns a file's device, inode and ctime.
func stateOf(info fs.FileInfo) (state string, changed time.Time) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}
	}
	changed = time.Unix(int64(s.Ctimespec.Sec), int64(s.Ctimespec.Nsec))
	return fmt.Sprint(s.Dev, s.Ino, changed.UnixNano()), changed
}
