package chart

import (
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// ErrClosed is what a [Live] answers after Close.
var ErrClosed = errors.New("chart: this live chart is closed")

// Live is a curve chart that grows while its numbers come in. Its methods may
// be called from several goroutines.
//
// In a notebook it is one output, renewed about once a second, more rarely
// where drawing takes long (never more than a twentieth of one processor's
// time), and a last time by Close: the saved notebook holds the final picture,
// once, above what the cell has printed since NewLive. Outside a notebook nothing
// is drawn; Close prints the chart in words, as [Show] does.
type Live struct {
	session *session
	clock   func(time.Duration) <-chan time.Time
	output  string // identifier of the notebook's output
	element string // identifier of the element in the page

	wake    chan struct{}
	stop    chan struct{}
	stopped chan struct{}

	mu     sync.Mutex
	labels Labels
	series []Series
	closed bool
	err    error // the first failure to show
}

const (
	liveEvery = time.Second
	liveShare = 20 // rest this many times as long as drawing took
)

// NewLive begins a live chart. Series name the lines and their panels, and may
// hold the points of an earlier part of the run. Limits and faults are those of
// [Curves], but for lines without points yet. Before the first point a notebook
// shows a line of text in the chart's place.
func NewLive(labels Labels, series ...Series) (*Live, error) {
	return newLive(here(), time.After, labels, series)
}

func newLive(s *session, clock func(time.Duration) <-chan time.Time, labels Labels, series []Series) (*Live, error) {
	labels = labels.clean()
	if err := labels.check("curves"); err != nil {
		return nil, err
	}
	series, err := checkSeries(labels, series)
	if err != nil {
		return nil, err
	}
	// The element keeps its identifier while the data change.
	names := make([][2]string, len(series))
	for i, line := range series {
		names[i] = [2]string{line.Panel, line.Name}
	}
	frame, err := newChart(Labels{Title: labels.Title, X: labels.X, Y: labels.Y}, newCurves(labels, series), names)
	if err != nil {
		return nil, err
	}
	l := &Live{
		session: s, clock: clock, labels: labels, series: series, element: frame.id,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	if s.screen == nil {
		close(l.stopped)
		return l, nil
	}
	l.output = s.newID()
	if l.empty() {
		// A progress bar that began above the chart could not be redrawn below it.
		waits := labels.Title + ": no numbers yet"
		l.fail(s.screen.update(l.output, map[protocol.MIMEType]any{protocol.MIMETextPlain: waits, protocol.MIMETextHTML: "<p>" + html.EscapeString(waits) + "</p>"}, nil))
	} else {
		l.nudge()
	}
	go l.run()
	return l, nil
}

// empty reports whether no point has come yet.
func (l *Live) empty() bool {
	return !slices.ContainsFunc(l.series, func(s Series) bool { return len(s.X) > 0 })
}

// Add appends a point to the line of that name. It is cheap: drawing happens
// elsewhere, later, for many points at once. An unknown name, a number that is
// not finite and an x left of the line's last are a [*DataError] and change
// nothing; a closed chart answers [ErrClosed].
func (l *Live) Add(x float64, name string, y float64) error {
	name = oneLine(name)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	at := slices.IndexFunc(l.series, func(s Series) bool { return s.Name == name })
	if at < 0 {
		var known []string
		for _, s := range l.series {
			known = append(known, fmt.Sprintf("%q", s.Name))
		}
		return &DataError{l.labels.Title, fmt.Sprintf("series %q", name), "was not named to NewLive, which got " + strings.Join(known, ", ")}
	}
	s := &l.series[at]
	part := fmt.Sprintf("series %q", name)
	if err := checkNumber(l.labels.Title, part+", x", x); err != nil {
		return err
	}
	if err := checkNumber(l.labels.Title, part+", y", y); err != nil {
		return err
	}
	if n := len(s.X); n > 0 && x < s.X[n-1] {
		return backwards(l.labels.Title, part, n, s.X[n-1], x)
	}
	s.X, s.Y = append(s.X, x), append(s.Y, y)
	l.nudge()
	return nil
}

// Takeaway changes the sentence under the title: what the numbers say so far,
// or in the end.
func (l *Live) Takeaway(sentence string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return ErrClosed
	}
	l.labels.Takeaway = oneLine(sentence)
	l.nudge()
	return nil
}

// Chart returns the chart as it stands, to be saved. A chart without a point
// is a [*DataError].
func (l *Live) Chart() (Chart, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Curves(l.labels, l.series...)
}

// Close shows the final chart and ends it. It returns the first failure to
// show that there was. Closing again does nothing; a chart that never had a
// point stays the line of text, and outside a notebook prints nothing.
func (l *Live) Close() error {
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return nil
	}
	l.closed = true
	l.mu.Unlock()
	close(l.stop)
	<-l.stopped
	l.draw(false)
	if l.session.screen != nil {
		l.fail(l.session.screen.flush())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// nudge asks for a drawing, without waiting for it.
func (l *Live) nudge() {
	select {
	case l.wake <- struct{}{}:
	default: // asked already
	}
}

// run draws when there is something new, and then rests.
func (l *Live) run() {
	defer close(l.stopped)
	for {
		select {
		case <-l.stop:
			return
		case <-l.wake:
		}
		began := time.Now()
		l.draw(true)
		select {
		case <-l.stop:
			return
		case <-l.clock(max(liveEvery, liveShare*time.Since(began))):
		}
	}
}

// draw shows the chart as it stands, growing or final.
func (l *Live) draw(growing bool) {
	l.mu.Lock()
	if l.empty() {
		l.mu.Unlock()
		return
	}
	// The points were checked one by one as they came.
	c := Chart{labels: l.labels, figure: newCurves(l.labels, l.series), id: l.element, width: canvas.Wide}
	l.mu.Unlock()
	if l.session.screen == nil {
		l.fail(l.session.print(c.Text()))
		return
	}
	l.fail(l.session.put(l.output, c, l.element, growing))
}

func (l *Live) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}
