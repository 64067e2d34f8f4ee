//go:build linux || darwin

package safetensors

import (
	"os"

	"golang.org/x/sys/unix"
)

// dropPages tells the system that the pages of a tensor are not needed for now: after a copy they
// would stay in the process's memory beside it until Close. A later access reads them again.
func (f *File) dropPages(name string) {
	e, ok := f.header.tensors[name]
	if !ok || f.memory == nil {
		return
	}
	page := os.Getpagesize()
	begin, end := f.header.dataStart+int(e.begin), f.header.dataStart+int(e.end)
	begin -= begin % page // the mapping starts at a page
	if begin < end {
		_ = unix.Madvise(f.memory[begin:end], unix.MADV_DONTNEED) // without it the pages only stay longer
	}
}
