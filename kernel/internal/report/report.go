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

	"github.com/lorabook/lorabook/internal/stdio"
	"github.com/schollz/progressbar/v3"
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
	bar      *progressbar.ProgressBar
}

// Start starts a step. total is the number of bytes; 0 if Reach will set it, -1 if bytes are
// not counted.
func (r *Reporter) Start(name, doing string, total int64) *Step {
	s := &Step{reporter: r, name: name, started: time.Now()}
	if !r.terminal {
		r.Line(name, doing)
		return s
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(r.out),
		progressbar.OptionSetDescription(fmt.Sprintf("%-11s %s", name, doing)),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetElapsedTime(true),
		progressbar.OptionSpinnerType(14),
	}
	if total >= 0 {
		options = append(options, progressbar.OptionShowBytes(true), progressbar.OptionUseIECUnits(true))
	}
	if total == 0 {
		total = -1
	}
	s.bar = progressbar.NewOptions64(total, options...)
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
	s.bar.Describe(fmt.Sprintf("%-11s %-*s", s.name, width, text))
}

// Add counts n more parts as done.
func (s *Step) Add(n int) {
	if s.bar != nil {
		_ = s.bar.Add(n) // a terminal's write error does not stop the step
	}
}

// Reach sets the number of finished bytes and their total.
func (s *Step) Reach(done, total int64) {
	if s.bar == nil {
		return
	}
	if s.bar.GetMax64() != total { // the first, or other work of the same step
		s.bar.Reset()
		s.bar.ChangeMax64(total)
	}
	_ = s.bar.Set64(done)
}

// Done ends the step and prints its outcome, with the time it took.
func (s *Step) Done(detail string) {
	s.Stop()
	s.reporter.Line(s.name, fmt.Sprintf("%s (%.1f s)", detail, time.Since(s.started).Seconds()))
}

// Stop removes the bar and prints nothing.
func (s *Step) Stop() {
	if s.bar != nil {
		_ = s.bar.Finish()
		_ = s.bar.Clear()
		s.bar = nil
	}
}
