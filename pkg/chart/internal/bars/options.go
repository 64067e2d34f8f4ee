package bars

import (
	"image/color"
	"math"
	"slices"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// whiskerStrokes are the two strokes of a whisker. The wider one, in the colour of the
// paper, keeps the other visible on a bar and on a dark page.
var whiskerStrokes = []struct {
	colour color.NRGBA
	width  vg.Length
}{{canvas.Paper, 3.5}, {canvas.Ink, 1.5}}

// Options builds the interactive picture. A bar is a point whose symbol is a rectangle, on
// axes that count pixels.
func (b *Figure) Options(o *option.Builder, top int) {
	l, lying := b.layout(o.Width), b.lying(o.Width)
	page := o.Pixels(top, l.height)
	o.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Faint), "width": 1}, l.grid, 0)
	o.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Rule), "width": 1}, [][][2]float64{l.axis}, 1)
	for i, s := range b.Series {
		var data []any
		for _, r := range l.bars[i] {
			point := r.point(s.Values[r.group])
			point["name"] = b.describe(r.group, i)
			data = append(data, point)
		}
		hollow := lying && b.hollow(i)
		b.addBars(o, page, i, s.Name, data, hollow)
		bars := l.bars[i]
		if len(l.squares) > 0 {
			o.Quiet(b.addBars(o, page, i, "", []any{l.squares[i].point(0)}, hollow))
			bars = append(slices.Clone(bars), l.squares[i])
		}
		if hollow {
			var outlines [][][2]float64
			for _, r := range bars {
				outlines = append(outlines, r.outline())
			}
			o.Strokes(page, map[string]any{"color": canvas.CSS(b.colours()[i]), "width": 1.5}, outlines, 3)
		}
	}
	if len(l.whiskers) > 0 {
		for i, stroke := range whiskerStrokes {
			o.Strokes(page, map[string]any{"color": canvas.CSS(stroke.colour), "width": stroke.width.Points()}, l.whiskers, 4+i)
		}
	}
	o.Write(page, l.texts)
	o.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}, {b}"}
}

// point is a bar as a point: its middle, and the value.
func (r bar) point(value float64) map[string]any {
	round := func(v float64) float64 { return canvas.RoundTo(v, 5) }
	return map[string]any{
		"value":      []float64{round((r.x0 + r.x1) / 2), round((r.y0 + r.y1) / 2), value},
		"symbolSize": []float64{round(math.Abs(r.x1 - r.x0)), round(math.Abs(r.y1 - r.y0))},
	}
}

func (b *Figure) addBars(o *option.Builder, page, series int, name string, data []any, hollow bool) (at int) {
	at = o.Add(charts.SingleSeries{Name: name, Type: "scatter", Symbol: "rect", Data: data, XAxisIndex: page, YAxisIndex: page})
	style := map[string]any{"color": canvas.CSS(b.colours()[series]), "opacity": 1}
	if hollow {
		style["color"] = "transparent"
	}
	o.Set("series", at, "itemStyle", style)
	o.Set("series", at, "emphasis", map[string]any{"disabled": true})
	return at
}

// outline is the outline of a bar. ECharts would stretch the border of a symbol.
func (r bar) outline() [][2]float64 {
	return [][2]float64{{r.x0, r.y0}, {r.x1, r.y0}, {r.x1, r.y1}, {r.x0, r.y1}, {r.x0, r.y0}}
}
