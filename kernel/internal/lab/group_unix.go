//go:build unix

package lab

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps the terminal's interrupt from cmd.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
