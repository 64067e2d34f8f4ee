//go:build !unix

package jupyter

import (
	"os"
	"os/exec"
)

// Without process groups only the kernel itself can be ended; GoNB ends its cell's
// program when it is asked to shut down.

func ownGroup(*exec.Cmd) {}

func interruptGroup(leader *os.Process) error { return leader.Signal(os.Interrupt) }
func terminateGroup(leader *os.Process) error { return leader.Kill() }
func killGroup(leader *os.Process) error      { return leader.Kill() }

type guard struct{}

func startGuard(int) (*guard, error) { return nil, nil }
func (*guard) stop()                 {}
