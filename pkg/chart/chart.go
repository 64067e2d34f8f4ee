package chart

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Chart is a checked picture of numbers, ready to be shown or saved. It is
// made by [Curves], [Bars], [Confusion], [Reliability], [Histogram], [Matrices]
// or [Words], holds copies of what it was given and never changes.
type Chart struct {
	labels Labels
	figure figure
	id     string
	dark   bool // the static pictures are for a dark page
}

// figure is one kind of chart: it knows its data and how to draw them twice.
type figure interface {
	// kind names it, in identifiers and errors.
	Kind() string
	// height of the drawing below the heading, in pixels.
	Height() int
	// draw paints the static picture below the heading.
	Draw(dc draw.Canvas)
	// options builds the interactive picture, its drawing starting top pixels
	// below the upper edge.
	Options(b *option.Builder, top int)
	// numbers lists the data in words, a line each.
	Numbers() []string
}

// errNoChart is what every method of a zero Chart answers.
var errNoChart = errors.New("chart: this Chart is empty; make one with Curves, Bars, Confusion, Reliability, Histogram, Matrices or Words")

// newChart puts a checked figure under its heading.
func newChart(labels Labels, f figure, identity any) (Chart, error) {
	// JSON of checked numbers and strings cannot fail; the check keeps a later
	// field of another type from making all identifiers equal in silence.
	content, err := json.Marshal(struct {
		Kind   string
		Labels Labels
		Data   any
	}{f.Kind(), labels, identity})
	if err != nil {
		return Chart{}, fmt.Errorf("chart: %q: %w", labels.Title, err)
	}
	sum := sha256.Sum256(content)
	return Chart{labels: labels, figure: f, id: "lorabook-" + f.Kind() + "-" + hex.EncodeToString(sum[:6])}, nil
}

// ID returns the chart's identifier in a page. It is derived from the kind,
// the labels and the data, so the same chart has the same identifier in every
// run. It is empty for a zero Chart.
func (c Chart) ID() string { return c.id }

// Title returns the chart's title.
func (c Chart) Title() string { return c.labels.Title }

// Takeaway returns the sentence that says what to see.
func (c Chart) Takeaway() string { return c.labels.Takeaway }

// Text returns the chart in words: title, takeaway, and the numbers behind the
// picture. It is empty for a zero Chart.
func (c Chart) Text() string {
	if c.figure == nil {
		return ""
	}
	lines := []string{c.labels.Title}
	if c.labels.Takeaway != "" {
		lines = append(lines, c.labels.Takeaway)
	}
	for _, n := range c.figure.Numbers() {
		lines = append(lines, "  "+n)
	}
	return strings.Join(lines, "\n") + "\n"
}
