package progress

import (
	"io"
	"os"
	"time"

	"github.com/lorabook/lorabook/internal/stdio"
)

// Progress is told how far long work has come, and shows it to whoever waits.
//
// Tasks may be nested: an evaluation that runs in the middle of training is a
// task begun while the training task is open, and the one begun last is shown.
// Implementations are safe for use by several goroutines and never fail: what
// cannot be shown is dropped, for no training should die of its progress bar.
type Progress interface {
	// Begin opens a task of total steps, of which done were done before, by an
	// earlier process that this one resumes; they do not count in the time left.
	// A total of 0 means that the number of steps is not known.
	Begin(task string, total, done int) Task
	// Note shows a line that stays, such as the result of an evaluation. A line that
	// begins with [WarningPrefix] is a finding that changes what a result means.
	Note(line string)
}

// WarningPrefix begins each line in which a program warns of a finding that changes what a
// result means. The command "kernel run" finds the warnings of a notebook by it.
const WarningPrefix = "warning: "

// Task is one stretch of work that a [Progress] shows.
type Task interface {
	// Update says how far the task has come.
	Update(Status)
	// End closes the task, whether or not all its steps were done. Closing it
	// twice does nothing.
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
}

// New returns the Progress that suits w:
//
//   - a bar, redrawn ten times a second, where w is a terminal;
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

// inGoNB tells whether this program is a cell of a GoNB notebook. GoNB names
// the pipe that rich output goes through in this variable of each cell.
func inGoNB() bool { return os.Getenv("GONB_PIPE") != "" }

// Nop is the Progress that shows nothing.
var Nop Progress = nop{}

type nop struct{}

func (nop) Begin(string, int, int) Task { return nop{} }
func (nop) Note(string)                 {}
func (nop) Update(Status)               {}
func (nop) End()                        {}
