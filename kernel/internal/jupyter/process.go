package jupyter

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/supervise"
)

// process is a kernel's process with all that it started.
type process interface {
	// done is closed when the kernel's own process has ended.
	done() <-chan struct{}
	// state is the exit state: "exit status 1", "signal: killed".
	state() string
	// interrupt sends the signal of Ctrl-C.
	interrupt() error
	// terminate asks the kernel and all its children to end.
	terminate() error
	// kill ends the kernel and all its children, and returns when the kernel has ended.
	kill()
	// logEnd returns the end of the kernel's log.
	logEnd() string
	// before returns what is there before a cell.
	before() known
	// stall finds the cause that blocks the running cell, among the processes and pipes that are
	// not known; nil if there is none, or if the system does not report it.
	stall(known) *stall
	// release ends the processes of a stall.
	release(*stall)
}

// osProcess is a kernel's process under supervision.
type osProcess struct {
	*supervise.Process
	log string // the file for the kernel's stdout and stderr
}

// startProcess starts a command in dir with the given environment; its own output goes to the file
// log. If this program is killed, the kernel ends and folder is removed.
func startProcess(argv []string, dir string, env []string, log, folder string) (*osProcess, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdout, cmd.Stderr = file, file
	started, err := supervise.Start(cmd, folder)
	switch {
	case errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("the kernel's program is not there: %w", err)
	case err != nil:
		return nil, fmt.Errorf("the kernel cannot be started: %w", err)
	}
	return &osProcess{started, log}, nil
}

func (p *osProcess) done() <-chan struct{} { return p.Done() }
func (p *osProcess) state() string         { return p.State() }
func (p *osProcess) interrupt() error      { return p.Interrupt() }
func (p *osProcess) terminate() error      { return p.Terminate() }
func (p *osProcess) kill()                 { p.Kill() }

func (p *osProcess) logEnd() string {
	const most = 4096
	file, err := os.Open(p.log)
	if err != nil {
		return ""
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > most {
		_, _ = file.Seek(-most, io.SeekEnd)
	}
	text, _ := io.ReadAll(file)
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(text), "")), "\n")
	return strings.Join(lines[max(0, len(lines)-10):], "\n")
}

// waitFor reports whether the process ends within the time.
func waitFor(p process, limit time.Duration) bool {
	select {
	case <-p.done():
		return true
	default:
	}
	select {
	case <-p.done():
		return true
	case <-time.After(limit):
		return false
	}
}
