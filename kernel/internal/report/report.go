// Package report prints the progress of a job's steps:
//
//	r := report.New(os.Stdout)
//	step := r.Start("gonb", "building", -1)
//	step.Done("v0.11.5")
package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/bar"
	"github.com/lorabook/lorabook/internal/stdio"
)

// Reporter prints one line per step to out. On a terminal it shows a progress bar during a step.
type Reporter struct {
	out      io.Writer
	terminal bool
}

// New returns a reporter that prints to out.
func New(out io.Writer) *Reporter {
	return &Reporter{out: out, terminal: stdio.IsTerminal(out)}
}

// Terminal reports whether out is a terminal.
func (r *Reporter) Terminal() bool { return r.terminal }

// Line prints the result of a step. Further lines of detail are set under the first.
func (r *Reporter) Line(name, detail string) {
	detail = strings.ReplaceAll(strings.TrimRight(detail, "\n"), "\n", "\n"+strings.Repeat(" ", 12))
	fmt.Fprintf(r.out, "%-11s %s\n", name, detail)
}

// Step is a step in progress.
type Step struct {
	reporter *Reporter
	name     string
	started  time.Time
	bar      *bar.Bar // nil unless out is a terminal
}

// Start starts a step. total is the number of bytes; 0 if Reach will set it, -1 if bytes are
// not counted.
func (r *Reporter) Start(name, doing string, total int64) *Step {
	s := &Step{reporter: r, name: name, started: time.Now()}
	if !r.terminal {
		r.Line(name, doing)
		return s
	}
	s.bar = bar.New(r.out, bar.Options{Total: total, Text: s.text(doing), Every: 100 * time.Millisecond, Bytes: total >= 0, Uncounted: total < 0, Times: true, Vanish: true})
	return s
}

// Note shows the step's current action.
func (s *Step) Note(text string) {
	if s.bar == nil {
		return
	}
	const width = 48
	if runes := []rune(text); len(runes) > width {
		text = string(runes[:width-1]) + "…"
	}
	s.bar.Note(s.text(fmt.Sprintf("%-*s", width, text)))
}

// text is the text of the step's bar.
func (s *Step) text(doing string) string { return fmt.Sprintf("%-11s %s", s.name, doing) }

// Add counts n more parts as done.
func (s *Step) Add(n int) {
	if s.bar != nil {
		s.bar.Add(n)
	}
}

// Reach sets the number of finished bytes and their total.
func (s *Step) Reach(done, total int64) {
	if s.bar != nil {
		s.bar.Reach(done, total) // total differs at first, and for other work of the same step
	}
}

// Done ends the step and prints its outcome, with the time it took.
func (s *Step) Done(detail string) {
	s.Stop()
	s.reporter.Line(s.name, fmt.Sprintf("%s (%.1f s)", detail, time.Since(s.started).Seconds()))
}

// Stop removes the bar and prints nothing.
func (s *Step) Stop() {
	if s.bar != nil {
		s.bar.Finish()
		s.bar = nil
	}
}
