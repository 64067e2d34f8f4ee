package progress

import (
	"io"
	"os"
	"time"

	"github.com/lorabook/lorabook/internal/stdio"
)

// Progress displays the progress of long tasks.
//
// Tasks may be nested: an evaluation that runs in the middle of training is a
// task begun while the training task is open, and the one begun last is shown.
// Implementations are safe for concurrent use and never fail: an update that cannot be shown is
// dropped, so that a progress bar never stops a training.
type Progress interface {
	// Begin opens a task of total steps. An earlier process, which this one resumes, has
	// finished done of them; they are excluded from the estimate of the remaining time. A total
	// of 0 means that the number of steps is not known.
	Begin(task string, total, done int) Task
	// Note shows a permanent line, such as the result of an evaluation. A line with the prefix
	// [WarningPrefix] is a warning about the validity of a result.
	Note(line string)
}

// WarningPrefix is the prefix of warnings about the validity of a result. The command "kernel
// run" finds the warnings of a notebook by it.
const WarningPrefix = "warning: "

// Task is one stretch of work that a [Progress] shows.
type Task interface {
	// Update reports the task's finished steps.
	Update(Status)
	// End closes the task, whether or not all its steps were done. A second Close has no effect.
	End()
}

// Status is how far a [Task] has come. Numbers that are zero are not shown.
type Status struct {
	// Done counts the steps done, those of an earlier process included.
	Done int
	// Loss is the mean cross-entropy in nats.
	Loss float64
	// Accuracy is the share of right answers, 0 to 1.
	Accuracy float64
	// TokensPerSecond is the pace, padding not counted.
	TokensPerSecond float64
	// Cost and CostLeft are the costs, in any unit, of the steps that this process has done and of
	// those that remain. The remaining time is estimated from them, for steps that take unequal
	// times, such as texts that are sorted by their length; without them, from the number of steps.
	Cost, CostLeft float64
}

// New returns the Progress that suits w:
//
//   - a bar, redrawn ten times a second, if w is a terminal;
//   - a bar, redrawn once a second, where w is standard output or standard
//     error in a cell of a GoNB notebook, whose front end honours carriage
//     returns;
//   - else, for a log file or a pipe, a line every ten seconds.
//
// A nil w is [Nop].
func New(w io.Writer) Progress {
	if w == nil {
		return Nop
	}
	switch {
	case stdio.IsTerminal(w):
		return NewBar(w, 100*time.Millisecond)
	case inGoNB() && (w == os.Stdout || w == os.Stderr):
		return NewBar(w, time.Second)
	}
	return NewLog(w, 10*time.Second)
}

// inGoNB reports whether this program is a cell of a GoNB notebook. GoNB names the pipe that
// rich output goes through in this variable of each cell.
func inGoNB() bool { return os.Getenv("GONB_PIPE") != "" }

// Nop is a Progress that shows nothing.
var Nop Progress = nop{}

type nop struct{}

func (nop) Begin(string, int, int) Task { return nop{} }
func (nop) Note(string)                 {}
func (nop) Update(Status)               {}
func (nop) End()                        {}
