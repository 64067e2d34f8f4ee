package confusion

import (
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (c *Figure) Draw(dc draw.Canvas) {
	l, k := c.layout(), len(c.Classes)
	at := func(x, y int) vg.Point { return vg.Point{X: dc.Min.X + vg.Length(x), Y: dc.Max.Y - vg.Length(y)} }
	row := canvas.Middle(l.size, false, canvas.Ink, draw.XRight)
	for i, name := range l.rows {
		dc.FillText(row, at(l.left[0]-10, l.top+i*l.cellH+l.cellH/2), name)
	}
	axis := canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XCenter)
	upright := axis
	upright.Rotation = math.Pi / 2
	dc.FillText(upright, at(canvas.Margin+8, l.top+k*l.cellH/2), "true")
	heading := canvas.Middle(canvas.NamePt, true, canvas.Ink, draw.XLeft)
	column := canvas.Middle(l.size, false, canvas.Ink, draw.XCenter)
	height := matrixHead - 51 // of the middle of a name above the cells
	if l.upright {
		column.XAlign, column.Rotation = draw.XLeft, math.Pi/2
		height = 4
	}
	for n, m := range c.Matrices {
		left := l.left[n]
		dc.FillText(heading, at(left, 12), c.headings(l)[n])
		dc.FillText(axis, at(left+k*l.cellW/2, 33), "predicted")
		for j, class := range l.columns {
			dc.FillText(column, at(left+j*l.cellW+l.cellW/2, l.top-height), class)
		}
		for i := range c.Classes {
			for j := range c.Classes {
				l.drawCell(dc, m, i, j, at(left+j*l.cellW, l.top+i*l.cellH))
			}
		}
	}
}

// drawCell paints one cell whose upper left corner is corner.
func (l matrixLayout) drawCell(dc draw.Canvas, m Matrix, i, j int, corner vg.Point) {
	w, h := vg.Length(l.cellW), vg.Length(l.cellH)
	rim := vg.Length(1)
	if !l.shares {
		rim = 0.5
	}
	x0, x1, y0, y1 := corner.X+rim, corner.X+w-rim, corner.Y-rim, corner.Y-h+rim
	dc.FillPolygon(l.colour(m.share(i, j)), []vg.Point{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}})
	big, small := vg.Length(15), vg.Length(canvas.SmallPt)
	if w < 56 {
		big, small = 10, smallCellPt
	}
	count, share := l.text(m, i, j)
	if share == "" {
		dc.FillText(canvas.Middle(smallCellPt, true, canvas.Ink, draw.XCenter), vg.Point{X: corner.X + w/2, Y: corner.Y - h/2}, count)
		return
	}
	dc.FillText(canvas.Middle(big, true, canvas.Ink, draw.XCenter), vg.Point{X: corner.X + w/2, Y: corner.Y - h/2 + h/8}, count)
	dc.FillText(canvas.Middle(small, false, canvas.Ink, draw.XCenter), vg.Point{X: corner.X + w/2, Y: corner.Y - h/2 - h/5}, share)
}
