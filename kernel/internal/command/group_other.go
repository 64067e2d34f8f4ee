//go:build !unix

package command

import "os/exec"

// endWithGroup has no effect on systems without process groups: only cmd ends.
func endWithGroup(*exec.Cmd) {}
