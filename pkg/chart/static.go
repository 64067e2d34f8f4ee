package chart

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	imagedraw "image/draw"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// A picture is width pixels wide; one of gonum's points is one of its pixels.
const (
	width    = 760
	margin   = 16
	titlePt  = 15
	textPt   = 12.5
	smallPt  = 11.5
	namePt   = 13 // of a part of the picture
	lineStep = 17
	axisRoom = 76 // left of an interactive plot: y axis and its name
)

// textStyle returns sans serif text, its reference point at the baseline left
// unless the caller moves it.
func textStyle(size vg.Length, bold bool, c color.Color) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: plot.DefaultTextHandler}
}

// heading returns the takeaway in lines that fit the picture, and the height
// of title and takeaway together.
func (c Chart) heading() (takeaway []string, height int) {
	takeaway = wrap(c.labels.Takeaway, textStyle(textPt, false, muted), width-2*margin)
	return takeaway, 38 + lineStep*len(takeaway)
}

// wrap breaks text at spaces into lines no wider than limit; a longer word
// has a line of its own.
func wrap(text string, style draw.TextStyle, limit vg.Length) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && style.Width(lines[n-1]+" "+word) <= limit {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// shorten cuts text with an ellipsis where it is wider than limit.
func shorten(text string, style draw.TextStyle, limit vg.Length) string {
	if style.Width(text) <= limit {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && style.Width(string(runes)+"…") > limit {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// size returns the whole picture's size in pixels.
func (c Chart) size() (w, h int) {
	_, head := c.heading()
	return width, head + c.figure.height()
}

func (c Chart) paint(cv vg.CanvasSizer) {
	dc := draw.New(cv)
	dc.SetColor(paper)
	dc.Fill(dc.Rectangle.Path())
	takeaway, head := c.heading()
	title := textStyle(titlePt, true, ink)
	dc.FillText(title, vg.Point{X: margin, Y: dc.Max.Y - 27}, shorten(c.labels.Title, title, width-2*margin))
	for i, line := range takeaway {
		dc.FillText(textStyle(textPt, false, muted), vg.Point{X: margin, Y: dc.Max.Y - 47 - vg.Length(i*lineStep)}, line)
	}
	c.figure.draw(draw.Crop(dc, 0, 0, 0, -vg.Length(head)))
}

// SVG returns the static picture as an SVG document: vectors, text as text
// (sans serif), no script. The background is white, of a [Chart.Dark] dark.
func (c Chart) SVG() ([]byte, error) {
	if c.figure == nil {
		return nil, errNoChart
	}
	w, h := c.size()
	cv := vgsvg.New(vg.Length(w), vg.Length(h))
	c.paint(cv)
	var buf bytes.Buffer
	if _, err := cv.WriteTo(&buf); err != nil {
		return nil, fmt.Errorf("chart %q: write SVG: %w", c.labels.Title, err)
	}
	svg := buf.Bytes()
	// gonum counts in points of 4/3 pixel and names one family only, which not
	// every machine has.
	svg = bytes.Replace(svg, fmt.Appendf(nil, `width="%dpt" height="%dpt"`, w, h), fmt.Appendf(nil, `width="%d" height="%d"`, w, h), 1)
	svg = bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
	if c.dark {
		svg = darkSVG(svg)
	}
	return svg, nil
}

// PNG returns the static picture as an image of twice its nominal size, sharp
// on dense screens. The background is white, of a [Chart.Dark] dark.
func (c Chart) PNG() ([]byte, error) {
	if c.figure == nil {
		return nil, errNoChart
	}
	w, h := c.size()
	cv := vgimg.NewWith(vgimg.UseWH(vg.Length(w), vg.Length(h)), vgimg.UseDPI(2*72))
	c.paint(cv)
	pixels := image.NewRGBA(cv.Image().Bounds())
	imagedraw.Draw(pixels, pixels.Rect, cv.Image(), image.Point{}, imagedraw.Src)
	picture := fewColours(pixels)
	if c.dark {
		darken(picture)
	}
	return encode(picture)
}

// axes returns an empty plot with light horizontal lines, a thin x axis and
// quiet text.
func axes(x, y scale, xName, yName string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []struct {
		axis *plot.Axis
		s    scale
		name string
	}{{&p.X, x, xName}, {&p.Y, y, yName}} {
		a.axis.Min, a.axis.Max = a.s.min, a.s.max
		a.axis.Padding = 0
		a.axis.Label.Text = a.name
		a.axis.Label.TextStyle.Font, a.axis.Label.TextStyle.Color = textStyle(textPt, false, muted).Font, muted
		a.axis.Label.Padding = 6
		a.axis.Tick.Label.Font, a.axis.Tick.Label.Color = textStyle(smallPt, false, muted).Font, muted
		var ticks []plot.Tick
		for _, v := range a.s.ticks() {
			ticks = append(ticks, plot.Tick{Value: v, Label: a.s.label(v)})
		}
		a.axis.Tick.Marker = plot.ConstantTicks(ticks)
		a.axis.LineStyle = draw.LineStyle{Color: rule, Width: 1}
		a.axis.Tick.LineStyle = a.axis.LineStyle
		a.axis.Tick.Length = 4
	}
	p.Y.LineStyle.Width, p.Y.Tick.LineStyle.Width = 0, 0
	grid := plotter.NewGrid()
	grid.Vertical.Color = nil
	grid.Horizontal = draw.LineStyle{Color: faint, Width: 1}
	p.Add(grid)
	return p
}

// plotFunc lets a function draw on a plot, in its coordinates.
type plotFunc func(dc draw.Canvas, p *plot.Plot)

func (f plotFunc) Plot(dc draw.Canvas, p *plot.Plot) { f(dc, p) }
