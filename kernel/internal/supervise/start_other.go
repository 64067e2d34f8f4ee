//go:build !unix

package supervise

import (
	"os"
	"os/exec"
)

// Without process groups only the program itself can be ended.

func interruptGroup(pid int) error { return signal(pid, os.Interrupt) }
func terminateGroup(pid int) error { return signal(pid, os.Kill) }
func killGroup(pid int) error      { return signal(pid, os.Kill) }

func signal(pid int, s os.Signal) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	defer process.Release() //nolint:errcheck // nothing can be done about it
	return process.Signal(s)
}

func start(cmd *exec.Cmd, _ string) (pid int, wait func() string, err error) {
	if err := cmd.Start(); err != nil {
		return 0, nil, err
	}
	return cmd.Process.Pid, func() string {
		_ = cmd.Wait()
		return cmd.ProcessState.String()
	}, nil
}
