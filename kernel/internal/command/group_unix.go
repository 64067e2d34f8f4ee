//go:build unix

package command

import (
	"os/exec"
	"syscall"
)

// endWithGroup makes cmd the leader of a process group and ends the whole group with it: mvn
// and pip are scripts, and their child processes would continue otherwise.
func endWithGroup(cmd *exec.Cmd) {
	if cmd.Cancel == nil { // made without a context
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
