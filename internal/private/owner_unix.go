//go:build unix

package private

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

func checkOwner(dir string, info fs.FileInfo, refused fs.FileMode) error {
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return &Error{dir, fmt.Sprintf("its owner is user %d", owner.Uid), "use a folder of your own"}
	}
	if mode := info.Mode().Perm(); mode&refused != 0 {
		who := "go-w"
		if refused&0o020 == 0 {
			who = "o-w"
		}
		return &Error{dir, fmt.Sprintf("others may write to it (mode %#o)", mode), fmt.Sprintf("chmod %s %q", who, dir)}
	}
	return nil
}
