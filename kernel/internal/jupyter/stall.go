package jupyter

import (
	"slices"
	"time"
)

// stall describes a cell that cannot end: one of its processes waits for input, or keeps the
// cell's output open after the end of the cell's program.
//
// GoNB v0.11.5 uses a pipe as the standard input of a cell's program, writes to it only after
// an input_request, and closes it after the end of the program (jpyexec.go). A cell is running
// until no process can write to its output.
type stall struct {
	input bool // a process waits for input; otherwise one keeps the output open
	pids  []int
	names []string // the command lines of the pids
	ticks int64    // the processor time that they have used
}

func (s *stall) same(other *stall) bool {
	return s != nil && other != nil && s.input == other.input && s.ticks == other.ticks && slices.Equal(s.pids, other.pids)
}

func (s *stall) err() error {
	if s.input {
		return &InputError{Process: s.names[0]}
	}
	return &OutputHeldError{Processes: s.names}
}

// known contains the processes, and the pipes of the kernel, that were there before a cell. The
// kernel inherits pipes of whatever started the runner, such as those of make's job server. Other
// processes have them too.
type known struct {
	processes map[int]bool
	pipes     map[string]bool
}

// watch is an execution's record of a stall.
type watch struct {
	known known
	last  *stall
	since time.Time
}

// lookAgain is the interval between examinations of a cell without output.
const lookAgain = time.Second

// stalled reports a stall that lasts for longer than it may, without output meanwhile.
func (x *execution) stalled() *stall {
	found := x.kernel.process.stall(x.watch.known)
	if !found.same(x.watch.last) {
		x.watch.last, x.watch.since = found, time.Now()
		return nil
	}
	limit := x.kernel.options.HeldLimit
	if found.input {
		limit = x.kernel.options.InputLimit
	}
	if time.Since(x.watch.since) < limit {
		return nil
	}
	return found
}
