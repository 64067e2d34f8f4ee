package progress

import (
	"io"
	"slices"
	"sync"
	"time"

	"github.com/lorabook/lorabook/internal/bar"
)

// NewBar returns a Progress that draws a bar on one line and redraws it at most
// once in every. It moves back to the start of the line with a carriage return
// and uses no other control codes, so that terminals, JupyterLab, Notebook and
// VS Code all show one line. A bar shows with its first update, and stays, with its
// last numbers, when its task ends. With nested tasks the innermost task is drawn; at its end
// the outer task is drawn again.
func NewBar(w io.Writer, every time.Duration) Progress {
	return &barProgress{w: w, every: every}
}

type barProgress struct {
	mu    sync.Mutex
	w     io.Writer
	every time.Duration
	open  []*barTask // the innermost last
}

// shown is the task with a bar on the line; nil if there is none.
func (p *barProgress) shown() *barTask {
	if len(p.open) == 0 {
		return nil
	}
	return p.open[len(p.open)-1]
}

// yield frees the line for other text. A finished bar stays above it, since
// the library would not draw it again.
func (p *barProgress) yield() {
	t := p.shown()
	switch {
	case t == nil || !t.onLine:
	case t.bar.Finished():
		_, _ = io.WriteString(p.w, "\n")
	default:
		t.bar.Clear()
	}
	if t != nil {
		t.onLine = false
	}
}

func (p *barProgress) Note(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yield()
	_, _ = io.WriteString(p.w, line+"\n")
}

func (p *barProgress) Begin(task string, total, done int) Task {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.yield()
	t := &barTask{
		progress: p,
		pace:     pace{begun: time.Now(), before: done, total: total},
		bar:      bar.New(p.w, bar.Options{Total: int64(total), Text: task, Every: p.every, Vanish: len(p.open) > 0}),
		name:     task,
		last:     Status{Done: done},
	}
	p.open = append(p.open, t)
	return t
}

type barTask struct {
	progress *barProgress
	bar      *bar.Bar
	name     string
	pace     pace
	last     Status
	onLine   bool // the bar, or the last throttled update of it, is on the line
}

// draw hands the numbers to the library, which redraws if it is time to.
func (t *barTask) draw() {
	if t.bar.Finished() {
		return
	}
	text := t.name
	if more := statusText(t.last, t.pace, time.Now()); more != "" {
		text += ", " + more
	}
	done := t.last.Done
	if t.pace.total > 0 {
		done = min(done, t.pace.total)
	}
	t.bar.Set(int64(done), text)
	t.onLine = true
}

func (t *barTask) Update(s Status) {
	p := t.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	t.last = s
	if p.shown() == t {
		t.draw()
	}
}

func (t *barTask) End() {
	p := t.progress
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.Index(p.open, t)
	if i < 0 {
		return
	}
	switch {
	case p.shown() != t:
	case i > 0:
		t.bar.Clear()
	default:
		// The numbers of the last update remain, even if the throttle had delayed them.
		t.bar.Unthrottle()
		t.draw()
		if t.onLine {
			_, _ = io.WriteString(p.w, "\n")
		}
	}
	p.open = slices.Delete(p.open, i, i+1)
}
