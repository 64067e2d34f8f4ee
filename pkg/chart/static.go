package chart

import (
	"bytes"
	"fmt"
	"image"
	imagedraw "image/draw"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// heading returns title and takeaway in lines that fit the picture, and the height of both.
func (c Chart) heading() (title, takeaway []string, height int) {
	room := vg.Length(c.width - 2*canvas.Margin)
	bold := canvas.TextStyle(canvas.TitlePt, true, canvas.Ink)
	for _, line := range canvas.Wrap(c.labels.Title, bold, room) {
		title = append(title, canvas.Shorten(line, bold, room))
	}
	small := canvas.TextStyle(canvas.TextPt, false, canvas.Muted)
	for _, line := range canvas.Wrap(c.labels.Takeaway, small, room) {
		takeaway = append(takeaway, canvas.Shorten(line, small, room))
	}
	return title, takeaway, 44 + canvas.TitleStep*(len(title)-1) + canvas.LineStep*len(takeaway)
}

// size returns the whole picture's size in pixels.
func (c Chart) size() (w, h int) {
	_, _, head := c.heading()
	return c.width, head + c.figure.Height(c.width)
}

func (c Chart) paint(cv vg.CanvasSizer) {
	dc := draw.New(cv)
	dc.SetColor(canvas.Paper)
	dc.Fill(dc.Rectangle.Path())
	title, takeaway, head := c.heading()
	y := dc.Max.Y - 27
	for _, line := range title {
		dc.FillText(canvas.TextStyle(canvas.TitlePt, true, canvas.Ink), vg.Point{X: canvas.Margin, Y: y}, line)
		y -= canvas.TitleStep
	}
	for _, line := range takeaway {
		dc.FillText(canvas.TextStyle(canvas.TextPt, false, canvas.Muted), vg.Point{X: canvas.Margin, Y: y}, line)
		y -= canvas.LineStep
	}
	c.figure.Draw(draw.Crop(dc, 0, 0, 0, -vg.Length(head)))
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
		return nil, fmt.Errorf("chart: %q: write SVG: %w", c.labels.Title, err)
	}
	svg := buf.Bytes()
	// gonum counts in points of 4/3 pixel and names one family only, which not
	// every machine has.
	svg = bytes.Replace(svg, fmt.Appendf(nil, `width="%dpt" height="%dpt"`, w, h), fmt.Appendf(nil, `width="%d" height="%d"`, w, h), 1)
	svg = bytes.ReplaceAll(svg, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;"))
	if c.dark {
		svg = canvas.DarkSVG(svg)
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
	picture := canvas.FewColours(pixels)
	if c.dark {
		canvas.Darken(picture)
	}
	return canvas.Encode(picture)
}
