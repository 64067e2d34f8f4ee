package chart

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

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
	*renewal
	mu     sync.Mutex
	labels Labels
	series []Series
	closed bool
}

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
	l := &Live{labels: labels, series: series}
	l.renewal = newRenewal(s, clock, frame.id, l.present)
	l.begin(labels.Title)
	return l, nil
}

// present returns the chart, if a point has come.
func (l *Live) present() (Chart, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	// The points were checked one by one as they came.
	return Chart{labels: l.labels, figure: newCurves(l.labels, l.series), id: l.element, width: canvas.Wide}, !l.empty()
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
	return l.end()
}
