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

// heading returns the takeaway in lines that fit the picture, and the height
// of title and takeaway together.
func (c Chart) heading() (takeaway []string, height int) {
	takeaway = canvas.Wrap(c.labels.Takeaway, canvas.TextStyle(canvas.TextPt, false, canvas.Muted), canvas.Width-2*canvas.Margin)
	return takeaway, 38 + canvas.LineStep*len(takeaway)
}

// size returns the whole picture's size in pixels.
func (c Chart) size() (w, h int) {
	_, head := c.heading()
	return canvas.Width, head + c.figure.Height()
}

func (c Chart) paint(cv vg.CanvasSizer) {
	dc := draw.New(cv)
	dc.SetColor(canvas.Paper)
	dc.Fill(dc.Rectangle.Path())
	takeaway, head := c.heading()
	title := canvas.TextStyle(canvas.TitlePt, true, canvas.Ink)
	dc.FillText(title, vg.Point{X: canvas.Margin, Y: dc.Max.Y - 27}, canvas.Shorten(c.labels.Title, title, canvas.Width-2*canvas.Margin))
	for i, line := range takeaway {
		dc.FillText(canvas.TextStyle(canvas.TextPt, false, canvas.Muted), vg.Point{X: canvas.Margin, Y: dc.Max.Y - 47 - vg.Length(i*canvas.LineStep)}, line)
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
