//go:build unix

package jupyter

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func interruptGroup(leader *os.Process) error { return syscall.Kill(-leader.Pid, syscall.SIGINT) }
func terminateGroup(leader *os.Process) error { return syscall.Kill(-leader.Pid, syscall.SIGTERM) }
func killGroup(leader *os.Process) error      { return syscall.Kill(-leader.Pid, syscall.SIGKILL) }

// guard is a shell that kills a process group after the end of this program, even after kill
// -9: a killed program cannot clean up, but the pipe that the shell reads is closed.
type guard struct {
	shell *exec.Cmd
	pipe  *os.File
}

// startGuard starts the guard of a process group.
func startGuard(group int) (*guard, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer read.Close()
	script := fmt.Sprintf("read -r _; kill -s TERM -- -%d; sleep 2; kill -s KILL -- -%d", group, group)
	shell := exec.Command("/bin/sh", "-c", script)
	shell.Stdin = read
	ownGroup(shell)
	if err := shell.Start(); err != nil {
		write.Close()
		return nil, fmt.Errorf("the kernel's guard cannot be started: %w", err)
	}
	return &guard{shell: shell, pipe: write}, nil
}

// stop ends the guard and leaves its group alone.
func (g *guard) stop() {
	if g == nil {
		return
	}
	_ = killGroup(g.shell.Process)
	_ = g.shell.Wait()
	_ = g.pipe.Close()
}
