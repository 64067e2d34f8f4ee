//go:build unix

package private

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

func checkOwner(dir string, info fs.FileInfo) error {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return &Error{dir, fmt.Sprintf("its owner is user %d", owner.Uid), "use a folder of your own"}
	}
	const others = 0o022
	if mode := info.Mode().Perm(); mode&others != 0 {
		return &Error{dir, fmt.Sprintf("others may write to it (mode %#o)", mode), fmt.Sprintf("chmod go-w %q", dir)}
	}
	return nil
}
