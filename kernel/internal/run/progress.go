package run

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/rivo/uniseg"
	"golang.org/x/term"

	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/internal/stdio"
	trainprogress "github.com/lorabook/lorabook/pkg/progress"
)

// progress prints the progress of a run. On a terminal it updates one line for each running
// cell; elsewhere it prints permanent lines.
type progress struct {
	out      io.Writer
	terminal bool
	every    time.Duration // between two reports of a running cell

	mu      sync.Mutex
	title   string          // "[3/12]"
	first   string          // the cell's first line
	last    string          // the last line that the cell printed
	partial string          // the cell's output after its last line break
	warned  map[string]bool // the warnings that were shown
	started time.Time
	told    string // the last line that was reported
	stop    chan struct{}
	stopped sync.WaitGroup
}

func newProgress(out io.Writer) *progress {
	p := &progress{out: out, every: 30 * time.Second}
	if stdio.IsTerminal(out) {
		p.terminal, p.every = true, 200*time.Millisecond
	}
	return p
}

func (p *progress) say(format string, args ...any) {
	fmt.Fprintf(p.out, format+"\n", args...)
}

// begin reports the start of a cell.
func (p *progress) begin(number, total int, source string) {
	width := len(fmt.Sprint(total))
	p.title = fmt.Sprintf("[%*d/%d]", width, number, total)
	p.first, p.last, p.told = cellTitle(source), "", ""
	p.started, p.stop = time.Now(), make(chan struct{})
	p.stopped.Go(func() {
		tick := time.NewTicker(p.every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.report()
			case <-p.stop:
				return
			}
		}
	})
}

// maxPartial bounds the text that waits for its line break, in bytes.
const maxPartial = 1 << 16

// warnings shows the warnings among the complete lines that the cell printed, each
// once in the run: every cell that opens a run folder may repeat them. The caller
// holds p.mu.
func (p *progress) warnings(text string) {
	text = p.partial + text
	end := strings.LastIndexAny(text, "\n\r") + 1
	p.partial = text[end:]
	if len(p.partial) > maxPartial {
		p.partial = ""
	}
	for _, line := range strings.FieldsFunc(text[:end], func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = oneLine(line)
		if !strings.HasPrefix(line, trainprogress.WarningPrefix) || p.warned[line] {
			continue
		}
		if p.warned == nil {
			p.warned = map[string]bool{}
		}
		p.warned[line] = true
		if p.terminal {
			fmt.Fprint(p.out, "\r\x1b[K")
		}
		fmt.Fprintln(p.out, "  "+line)
	}
}

// streamed receives the cell's output.
func (p *progress) streamed(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.warnings(text)
	lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
	for i := len(lines) - 1; i >= 0; i-- {
		if line := oneLine(lines[i]); line != "" {
			p.last = line
			return
		}
	}
}

func (p *progress) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	line := fmt.Sprintf("  %s %7s  %s", p.title, seconds(time.Since(p.started)), p.first)
	if p.last != "" {
		line += " │ " + p.last
	}
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K"+shorten(line, p.width()))
	} else {
		fmt.Fprintln(p.out, shorten(line, 160)+" …")
	}
}

// end reports the result of the cell.
func (p *progress) end(outcome string) {
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	p.warnings("\n")
	p.mu.Unlock()
	line := fmt.Sprintf("  %s %7s  %s", p.title, seconds(time.Since(p.started)), p.first)
	if outcome != "" {
		outcome = "  " + outcome
	}
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
	fmt.Fprintln(p.out, shorten(line, p.width()-len(outcome))+outcome)
}

func (p *progress) width() int {
	if file := stdio.File(p.out); file != nil && p.terminal {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width > 20 {
			return width - 1
		}
	}
	return 100
}

func seconds(d time.Duration) string {
	if d < 100*time.Second {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// cellTitle returns the first line of a cell that is neither blank nor "%%".
func cellTitle(source string) string {
	for line := range strings.Lines(source) {
		if line = oneLine(line); line != "" && line != "%%" {
			return line
		}
	}
	return ""
}

// oneLine makes a text fit to be shown in a line.
func oneLine(text string) string { return printable.Stripped(withoutColour(text)) }

// shorten cuts a line to so many columns.
func shorten(line string, columns int) string {
	if uniseg.StringWidth(line) <= columns {
		return line
	}
	var kept strings.Builder
	width := 1 // the ellipsis
	graphemes := uniseg.NewGraphemes(line)
	for graphemes.Next() {
		if width += graphemes.Width(); width > columns {
			break
		}
		kept.WriteString(graphemes.Str())
	}
	return kept.String() + "…"
}
