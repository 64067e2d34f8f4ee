//go:build unix && !linux

package supervise

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// start starts the program, and a shell that kills its process group after the end of this process,
// even after kill -9: then the pipe that the shell reads is closed.
func start(cmd *exec.Cmd, folder string) (pid int, wait func() string, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if cmd.Cancel != nil { // made with a context
		cmd.Cancel = func() error { return terminateGroup(cmd.Process.Pid) }
	}
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	group := cmd.Process.Pid
	abandon := func(err error) (int, func() string, error) {
		_ = killGroup(group)
		_ = cmd.Wait()
		return 0, nil, fmt.Errorf("the guard cannot be started: %w", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return abandon(err)
	}
	defer read.Close()
	script := fmt.Sprintf(`read -r _; kill -s TERM -- -%d; sleep 2; kill -s KILL -- -%d; test -z "$0" || rm -rf -- "$0"`, group, group)
	shell := exec.Command("/bin/sh", "-c", script, folder)
	shell.Stdin = read
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := shell.Start(); err != nil {
		write.Close()
		return abandon(err)
	}
	return group, func() string {
		_ = cmd.Wait()
		_ = killGroup(group) // the program's remaining processes
		_ = killGroup(shell.Process.Pid)
		_ = shell.Wait()
		_ = write.Close()
		return cmd.ProcessState.String()
	}, nil
}
