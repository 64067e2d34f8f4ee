package chart

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// Growing is a chart of any kind that newer ones replace, such as the trials of a search while they
// end. Its methods may be called from several goroutines.
//
// As a [Live], it is one output in a notebook, renewed about once a second, and a last time by
// Close; outside a notebook, Close prints the chart in words.
type Growing struct {
	*renewal
	mu     sync.Mutex
	chart  Chart
	closed bool
}

// NewGrowing begins a chart. Until its first [Growing.Update] a notebook shows a line of text with
// the title in its place. Charts that grow at the same time have different titles.
func NewGrowing(title string) *Growing { return newGrowing(here(), time.After, title) }

func newGrowing(s *session, clock func(time.Duration) <-chan time.Time, title string) *Growing {
	sum := sha256.Sum256([]byte(oneLine(title)))
	g := &Growing{}
	g.renewal = newRenewal(s, clock, "lorabook-growing-"+hex.EncodeToString(sum[:6]), g.present)
	g.begin(oneLine(title))
	return g
}

// present returns the last chart.
func (g *Growing) present() (Chart, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.chart, g.chart.figure != nil
}

// Update replaces the chart. It is cheap: drawing happens elsewhere, later, for many updates at once.
// After Close the error is [ErrClosed].
func (g *Growing) Update(c Chart) error {
	if c.figure == nil {
		return errNoChart
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.chart = c
	g.nudge()
	return nil
}

// Chart returns the chart as it stands, the zero Chart before the first update.
func (g *Growing) Chart() Chart {
	c, _ := g.present()
	return c
}

// Close shows the final chart and ends it. It returns the first failure to show that there was.
// Closing again does nothing.
func (g *Growing) Close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return nil
	}
	g.closed = true
	g.mu.Unlock()
	return g.end()
}
