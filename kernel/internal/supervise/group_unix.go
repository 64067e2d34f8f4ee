//go:build unix

package supervise

import "syscall"

func interruptGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGINT) }
func terminateGroup(leader int) error { return syscall.Kill(-leader, syscall.SIGTERM) }
func killGroup(leader int) error      { return syscall.Kill(-leader, syscall.SIGKILL) }
