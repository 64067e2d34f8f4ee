package scatter

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (f *Figure) Options(b *option.Builder, top int) {
	l := f.layout(b.Width)
	page := b.Pixels(top, l.height)
	axes := b.Plot(top, page, l.plot)
	if lines := f.diagonal(l.plot); lines != nil {
		entry := canvas.Diagonal("", "")
		b.Strokes(page, entry.Mark.LineStyle(canvas.CSS(entry.Stroke()), 1.5), lines, 3)
	}
	colours, _ := canvas.Contrast(len(f.Series))
	for i, s := range f.Series {
		var data []opts.ScatterData
		for _, at := range s.drawn() {
			data = append(data, opts.ScatterData{Name: s.describe(at), Value: []float64{canvas.RoundTo(s.X[at], 5), canvas.RoundTo(s.Y[at], 5)}})
		}
		at := b.Add(charts.SingleSeries{Name: s.Name, Type: "scatter", Data: data, XAxisIndex: axes, YAxisIndex: axes})
		style := map[string]any{"color": canvas.CSS(colours[i]), "opacity": 1}
		if f.hollow(i) {
			style = map[string]any{"color": "transparent", "borderColor": canvas.CSS(colours[i]), "borderWidth": ringWidth, "opacity": 1}
		}
		b.Set("series", at, "itemStyle", style)
		b.Set("series", at, "symbol", "circle")
		b.Set("series", at, "symbolSize", dot)
		b.Set("series", at, "clip", false) // points on the rim are whole
		b.Set("series", at, "z", 6)
	}
	b.Key(page, l.key)
	b.Write(page, []canvas.Words{l.note})
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}: {b}"}
}
