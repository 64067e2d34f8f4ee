//go:build !unix

package lab

import "os/exec"

// ownGroup has no effect on systems without process groups.
func ownGroup(*exec.Cmd) {}
