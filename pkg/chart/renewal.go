package chart

import (
	"html"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// renewal is an output of a notebook that shows a chart again and again while it changes.
type renewal struct {
	session *session
	clock   func(time.Duration) <-chan time.Time
	output  string                      // identifier of the notebook's output
	element string                      // identifier of the element in the page
	current func() (c Chart, some bool) // the chart as it stands; false before there is one

	wake    chan struct{}
	stop    chan struct{}
	stopped chan struct{}

	lock sync.Mutex
	err  error // the first failure to show
}

const (
	liveEvery = time.Second
	liveShare = 20 // rest this many times as long as drawing took
)

func newRenewal(s *session, clock func(time.Duration) <-chan time.Time, element string, current func() (Chart, bool)) *renewal {
	return &renewal{session: s, clock: clock, element: element, current: current,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{})}
}

// begin shows the chart, or a line of text before there is one.
func (r *renewal) begin(title string) {
	if r.session.screen == nil {
		close(r.stopped)
		return
	}
	r.output = r.session.newID()
	if _, some := r.current(); some {
		r.nudge()
	} else {
		// A progress bar that began above the chart could not be redrawn below it.
		waits := title + ": no numbers yet"
		r.fail(r.session.screen.update(r.output, map[protocol.MIMEType]any{protocol.MIMETextPlain: waits, protocol.MIMETextHTML: "<p>" + html.EscapeString(waits) + "</p>"}, nil))
	}
	go r.run()
}

// nudge asks for a drawing, without waiting for it.
func (r *renewal) nudge() {
	select {
	case r.wake <- struct{}{}:
	default: // asked already
	}
}

// run draws when there is something new, and then rests.
func (r *renewal) run() {
	defer close(r.stopped)
	for {
		select {
		case <-r.stop:
			return
		case <-r.wake:
		}
		began := time.Now()
		r.draw(true)
		select {
		case <-r.stop:
			return
		case <-r.clock(max(liveEvery, liveShare*time.Since(began))):
		}
	}
}

// draw shows the chart as it stands, growing or final.
func (r *renewal) draw(growing bool) {
	c, some := r.current()
	if !some {
		return
	}
	c.id = r.element // keeps its place in the page while the data change
	if r.session.screen == nil {
		r.fail(r.session.print(c.Text()))
		return
	}
	r.fail(r.session.put(r.output, c, r.element, growing))
}

// end shows the final chart. It returns the first failure to show.
func (r *renewal) end() error {
	close(r.stop)
	<-r.stopped
	r.draw(false)
	if r.session.screen != nil {
		r.fail(r.session.screen.flush())
	}
	r.lock.Lock()
	defer r.lock.Unlock()
	return r.err
}

func (r *renewal) fail(err error) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.err == nil {
		r.err = err
	}
}
