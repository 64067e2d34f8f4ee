package chart

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Chart is a picture of checked data, to be shown or saved. [Curves], [Bars], [Confusion],
// [Reliability], [ROC], [Scatter], [Histogram], [Matrices], [Words], [Parallel], [HeatMap] and
// [TrialCurves] make one. It has copies of its data and never changes.
type Chart struct {
	labels Labels
	figure figure
	id     string
	dark   bool // the static pictures are for a dark page
	width  int  // of the layout, in pixels
}

// figure is a kind of chart. It has the data, and draws them statically and interactively.
type figure interface {
	// Kind is the name in identifiers and errors.
	Kind() string
	// Height is the height of the drawing below the heading, in a layout of the given width.
	// Both are in pixels.
	Height(width int) int
	// Draw paints the static picture below the heading. Its width is that of the canvas.
	Draw(dc draw.Canvas)
	// Options builds the interactive picture. Its drawing starts top pixels below the upper
	// edge, and its width is that of the builder.
	Options(b *option.Builder, top int)
	// Captions are all words of the drawing in a layout of the given width.
	Captions(width int) []canvas.Words
	// Numbers describes the data in words, one line for each element.
	Numbers() []string
}

// errNoChart is the error of every method of a zero Chart.
var errNoChart = errors.New("chart: this Chart is empty; make one with Curves, Bars, Confusion, Reliability, ROC, Scatter, Histogram, Matrices, Words, Parallel, HeatMap or TrialCurves")

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
	return Chart{labels: labels, figure: f, id: "lorabook-" + f.Kind() + "-" + hex.EncodeToString(sum[:6]), width: canvas.Wide}, nil
}

// widths are those of the layouts in a page, widest first. A page shows the widest layout
// that has room, so that letters keep their size.
var widths = []int{canvas.Wide, canvas.Medium, canvas.Narrow, canvas.Least}

// Fit returns the same chart in a layout for a page of the given width in pixels, for
// [Chart.PNG], [Chart.SVG] and [Chart.Options]. Letters keep their size; a narrow layout has
// its parts below one another. The layout is at least 290 and at most 760 pixels wide, which
// is the default. [Show] and [Chart.HTML] choose the layout by the page.
func (c Chart) Fit(width int) Chart {
	c.width = min(max(width, canvas.Least), canvas.Wide)
	return c
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
