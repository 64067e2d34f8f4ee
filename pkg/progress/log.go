package progress

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// NewLog returns a Progress for a log: a line at the start and at the end of a task, and
// between them at most one line per interval every. A task within another has lines between
// only.
func NewLog(w io.Writer, every time.Duration) Progress {
	return &logProgress{w: w, every: every, now: time.Now}
}

type logProgress struct {
	mu    sync.Mutex
	w     io.Writer
	every time.Duration
	now   func() time.Time
	open  int // tasks that have not ended
}

func (l *logProgress) Note(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprintln(l.w, line)
}

func (l *logProgress) Begin(task string, total, done int) Task {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	t := &logTask{
		log: l, name: task, wrote: now, inner: l.open > 0,
		pace: pace{begun: now, before: done, total: total},
		last: Status{Done: done},
	}
	l.open++
	if t.inner {
		return t
	}
	text := "begun"
	if done > 0 {
		text = "resumed"
	}
	fmt.Fprintf(l.w, "%s: %s %s\n", task, t.steps(), text)
	return t
}

type logTask struct {
	log   *logProgress
	name  string
	pace  pace
	last  Status
	wrote time.Time
	inner bool // begun while another was open
	ended bool
}

func (t *logTask) steps() string {
	if t.pace.total <= 0 {
		return fmt.Sprint(t.last.Done)
	}
	return fmt.Sprintf("%d/%d", t.last.Done, t.pace.total)
}

func (t *logTask) Update(s Status) {
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	if t.ended {
		return
	}
	t.last = s
	now := t.log.now()
	if now.Sub(t.wrote) < t.log.every {
		return
	}
	t.wrote = now
	fmt.Fprintf(t.log.w, "%s: %s %s\n", t.name, t.steps(), statusText(s, t.pace, now))
}

func (t *logTask) End() {
	t.log.mu.Lock()
	defer t.log.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	t.log.open--
	if t.inner {
		return
	}
	now := t.log.now()
	text := "ended after " + clock(now.Sub(t.pace.begun))
	// A finished task has no remaining time.
	if s := statusText(t.last, pace{}, now); s != "" {
		text += ", " + s
	}
	fmt.Fprintf(t.log.w, "%s: %s %s\n", t.name, t.steps(), text)
}
