package install

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// reporter prints one line a step to out, and while a step lasts a progress bar to the
// terminal, where there is one.
type reporter struct {
	out      io.Writer
	terminal bool
}

func newReporter(out io.Writer) *reporter {
	file, ok := out.(*os.File)
	return &reporter{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

// line prints the outcome of a step. Further lines of detail are set under the first.
func (r *reporter) line(name, detail string) {
	detail = strings.ReplaceAll(strings.TrimRight(detail, "\n"), "\n", "\n"+strings.Repeat(" ", 12))
	fmt.Fprintf(r.out, "%-11s %s\n", name, detail)
}

// step is work that takes a while.
type step struct {
	reporter *reporter
	name     string
	started  time.Time
	bar      *progressbar.ProgressBar
}

// start announces work. total counts its parts, such as bytes; -1 where that is not known.
func (r *reporter) start(name, doing string, total int64) *step {
	s := &step{reporter: r, name: name, started: time.Now()}
	if !r.terminal {
		r.line(name, doing)
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
	if total > 0 {
		options = append(options, progressbar.OptionShowBytes(true), progressbar.OptionUseIECUnits(true))
	}
	s.bar = progressbar.NewOptions64(total, options...)
	return s
}

// note shows what the step is at.
func (s *step) note(text string) {
	if s.bar == nil {
		return
	}
	const width = 48
	if runes := []rune(text); len(runes) > width {
		text = string(runes[:width-1]) + "…"
	}
	s.bar.Describe(fmt.Sprintf("%-11s %-*s", s.name, width, text))
}

// add counts n more parts as done.
func (s *step) add(n int) {
	if s.bar != nil {
		_ = s.bar.Add(n) // a terminal that takes no more is no reason to stop
	}
}

// done ends the step and prints its outcome, with the time it took.
func (s *step) done(detail string) {
	s.stop()
	s.reporter.line(s.name, fmt.Sprintf("%s (%.1f s)", detail, time.Since(s.started).Seconds()))
}

// stop takes the bar away and prints nothing.
func (s *step) stop() {
	if s.bar != nil {
		_ = s.bar.Finish()
		_ = s.bar.Clear()
		s.bar = nil
	}
}
