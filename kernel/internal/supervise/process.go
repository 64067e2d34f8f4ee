package supervise

import (
	"os"
	"os/exec"
)

// Process is a started program.
type Process struct {
	Pid   int // the program's, not the guard's
	ended chan struct{}
	state string
}

// Start starts the program of cmd in a process group of its own. After the program's end every
// process that it started is ended; after the caller's end the program, too, and folder is removed
// with its content, unless it is "". cmd.Stdin must be nil; cmd.SysProcAttr is replaced. An error
// matches [os.ErrNotExist] or [exec.ErrNotFound] if there is no such program.
func Start(cmd *exec.Cmd, folder string) (*Process, error) {
	if cmd.Err != nil {
		return nil, cmd.Err
	}
	pid, wait, err := start(cmd, folder)
	if err != nil {
		return nil, err
	}
	p := &Process{Pid: pid, ended: make(chan struct{})}
	go func() {
		p.state = wait()
		close(p.ended)
	}()
	return p, nil
}

// Done is closed when the program and all that it started have ended.
func (p *Process) Done() <-chan struct{} { return p.ended }

// State is the exit state after the end: "exit status 1", "signal: killed".
func (p *Process) State() string {
	<-p.ended
	return p.state
}

// Interrupt sends the signal of Ctrl-C to the program's process group.
func (p *Process) Interrupt() error { return p.signal(interruptGroup) }

// Terminate asks the program's process group to end.
func (p *Process) Terminate() error { return p.signal(terminateGroup) }

// Kill ends the program with all that it started, and returns when they have ended.
func (p *Process) Kill() {
	_ = p.signal(killGroup)
	<-p.ended
}

// signal leaves a process that has ended alone: another may have its number by now.
func (p *Process) signal(send func(pid int) error) error {
	select {
	case <-p.ended:
		return os.ErrProcessDone
	default:
		return send(p.Pid)
	}
}
