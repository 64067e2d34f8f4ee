package reliability

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (r *Figure) Options(b *option.Builder, top int) {
	l := r.layout(b.Width)
	page := b.Pixels(top, l.height)
	axes := b.Plot(top, page, l.plot)
	perfect := canvas.Diagonal("", "")
	b.Strokes(page, perfect.Mark.LineStyle(canvas.CSS(perfect.Stroke()), 1.5), [][][2]float64{diagonal(l.plot)}, 3)
	colours, marks := canvas.Contrast(len(r.Models))
	for i, m := range r.Models {
		colour := canvas.CSS(colours[i])
		if whiskers := m.whiskers(l.plot); whiskers != nil {
			b.Strokes(page, map[string]any{"color": colour, "width": 1.2}, whiskers, 5)
		}
		data := make([]opts.LineData, len(m.Count))
		for bin := range data {
			data[bin] = opts.LineData{
				Name:       m.describe(bin),
				Value:      []float64{canvas.RoundTo(m.Confidence[bin], 5), canvas.RoundTo(m.Accuracy[bin], 5)},
				SymbolSize: int(r.Dot(m.Count[bin]) + 0.5),
			}
		}
		at := b.Add(charts.SingleSeries{
			Name: m.Name, Type: "line", Data: data, Symbol: "circle", ShowSymbol: opts.Bool(true), XAxisIndex: axes, YAxisIndex: axes,
		})
		style := map[string]any{"color": colour, "opacity": 1}
		if r.hollow(i) {
			style = map[string]any{"color": "transparent", "borderColor": colour, "borderWidth": ringWidth, "opacity": 1}
		}
		b.Set("series", at, "itemStyle", style)
		b.Set("series", at, "lineStyle", marks[i].LineStyle(colour, 2))
		b.Set("series", at, "clip", false) // dots on the rim are whole
		b.Set("series", at, "z", 6)
	}
	b.Key(page, l.key)
	b.Write(page, []canvas.Words{l.note})
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}: {b}"}
}
