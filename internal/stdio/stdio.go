// Package stdio answers questions about the program's standard streams and silences them:
//
//	if !stdio.IsTerminal(os.Stdout) {
//		defer stdio.SilenceStdout()()
//	}
package stdio

import (
	"os"

	"github.com/mattn/go-isatty"
)

// IsTerminal reports whether a stream, such as an *os.File or a [Checked] one, is a file that a terminal
// reads or writes, Cygwin's included.
func IsTerminal(stream any) bool {
	file := File(stream)
	return file != nil && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}

// File returns the file of a stream; nil for a stream that is none.
func File(stream any) *os.File {
	switch s := stream.(type) {
	case *os.File:
		return s
	case *Checked:
		return s.File
	}
	return nil
}

// SilenceStdout discards what the program prints to os.Stdout until restore is called: for
// libraries that print there without being asked. Goroutines that print at the same time are
// silenced too.
func SilenceStdout() (restore func()) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return func() {}
	}
	stdout := os.Stdout
	os.Stdout = null
	return func() {
		os.Stdout = stdout
		_ = null.Close()
	}
}
