//go:build !unix

package command

import "os/exec"

// endWithGroup does nothing where there are no process groups: cmd alone ends.
func endWithGroup(*exec.Cmd) {}
