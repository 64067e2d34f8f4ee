package matrices

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (m *Figure) Draw(dc draw.Canvas) {
	at := canvas.FromCorner(dc)
	names, sizes, rest := m.words()
	for _, w := range []struct {
		style draw.TextStyle
		lines []canvas.Caption
	}{{canvas.Middle(canvas.NamePt, true, canvas.Ink, draw.XLeft), names}, {canvas.Middle(canvas.TextPt, false, canvas.Ink, draw.XLeft), sizes}, {canvas.Middle(canvas.SmallPt, false, canvas.Muted, draw.XLeft), rest}} {
		for _, l := range w.lines {
			dc.FillText(w.style, at(l.X, l.Y), l.Text)
		}
	}
	for _, p := range m.Panes {
		p.drawBlocks(dc, at)
	}
	const steps = 40
	key := m.key()
	end := at(float64(key.Left+key.Width), float64(key.Top+key.Height))
	for i := range steps { // each covers the rest of the one before: no seams
		dc.FillPolygon(canvas.Tint((float64(i)+0.5)/steps), canvas.Rectangle(at(float64(key.Left+key.Width*i/steps), float64(key.Top)), end))
	}
	for _, frame := range m.frames() {
		var line []vg.Point
		for _, p := range frame {
			line = append(line, at(p[0], p[1]))
		}
		dc.StrokeLines(draw.LineStyle{Color: canvas.Rule, Width: 1}, line)
	}
}

// drawBlocks paints all blocks of one shade as one shape: a third of the bytes
// that a shape a block would take.
func (p Pane) drawBlocks(dc draw.Canvas, at func(x, y float64) vg.Point) {
	// Edges lie on pixels of the PNG, half pixels here, so that it has no seams
	// between blocks. Where a page scales the SVG the mean shade shines through
	// them, not the paper.
	left, top := float64(p.Box.Left), float64(p.Box.Top)
	dc.FillPolygon(canvas.Tint(p.Blocks.meanShare()), canvas.Rectangle(at(left, top), at(left+float64(p.Box.Width), top+float64(p.Box.Height))))
	edge := func(from, length, i, n int) float64 { return float64(from) + float64(2*length*i/n)/2 }
	var shades [101]vg.Path
	for i := range p.Blocks.Rows {
		for j := range p.Blocks.Columns {
			path := &shades[int(100*p.Blocks.Share(i, j)+0.5)]
			for k, corner := range canvas.Rectangle(
				at(edge(p.Box.Left, p.Box.Width, j, p.Blocks.Columns), edge(p.Box.Top, p.Box.Height, i, p.Blocks.Rows)),
				at(edge(p.Box.Left, p.Box.Width, j+1, p.Blocks.Columns), edge(p.Box.Top, p.Box.Height, i+1, p.Blocks.Rows))) {
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
