package matrices

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Draw paints the static picture.
func (m *Figure) Draw(dc draw.Canvas) {
	l, at := m.layout(canvas.WidthOf(dc)), canvas.FromCorner(dc)
	for i, p := range m.Panes {
		p.drawBlocks(dc, l.boxes[i], at)
	}
	const steps = 40
	end := at(float64(l.key.Left+l.key.Width), float64(l.key.Top+l.key.Height))
	for i := range steps { // each covers the rest of the one before: no seams
		dc.FillPolygon(canvas.Tint((float64(i)+0.5)/steps), canvas.Rectangle(at(float64(l.key.Left+l.key.Width*i/steps), float64(l.key.Top)), end))
	}
	for _, frame := range l.frames() {
		canvas.Polyline(dc, draw.LineStyle{Color: canvas.Rule, Width: 1}, frame)
	}
	canvas.Write(dc, l.texts)
}

// drawBlocks paints all blocks of one shade as one shape: a third of the bytes
// that a shape a block would take.
func (p Pane) drawBlocks(dc draw.Canvas, box Box, at func(x, y float64) vg.Point) {
	// Edges lie on pixels of the PNG, half pixels here, so that it has no seams
	// between blocks. Where a page scales the SVG the mean shade shines through
	// them, not the paper.
	left, top := float64(box.Left), float64(box.Top)
	dc.FillPolygon(canvas.Tint(p.Blocks.meanShare()), canvas.Rectangle(at(left, top), at(left+float64(box.Width), top+float64(box.Height))))
	edge := func(from, length, i, n int) float64 { return float64(from) + float64(2*length*i/n)/2 }
	var shades [101]vg.Path
	for i := range p.Blocks.Rows {
		for j := range p.Blocks.Columns {
			path := &shades[int(100*p.Blocks.Share(i, j)+0.5)]
			for k, corner := range canvas.Rectangle(
				at(edge(box.Left, box.Width, j, p.Blocks.Columns), edge(box.Top, box.Height, i, p.Blocks.Rows)),
				at(edge(box.Left, box.Width, j+1, p.Blocks.Columns), edge(box.Top, box.Height, i+1, p.Blocks.Rows))) {
				if k == 0 {
					path.Move(corner)
				} else {
					path.Line(corner)
				}
			}
			path.Close()
		}
	}
	for s, path := range shades {
		if len(path) > 0 {
			dc.SetColor(canvas.Tint(float64(s) / 100))
			dc.Fill(path)
		}
	}
}
