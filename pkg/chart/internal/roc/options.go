package roc

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
	chance := canvas.Diagonal("", "")
	b.Strokes(page, chance.Mark.LineStyle(canvas.CSS(chance.Stroke()), 1.5), [][][2]float64{diagonal(l.plot)}, 3)
	colours, marks := canvas.Contrast(len(r.Curves))
	for i, c := range r.Curves {
		x, y := canvas.Thin(c.FalsePositives, c.TruePositives, canvas.MaxPoints)
		data := make([]opts.LineData, len(x))
		for j := range data {
			data[j].Value = []float64{canvas.RoundTo(x[j], 5), canvas.RoundTo(y[j], 5)}
		}
		colour := canvas.CSS(colours[i])
		at := b.Add(charts.SingleSeries{
			Name: c.Name, Type: "line", Data: data, ShowSymbol: opts.Bool(len(data) <= canvas.MostDots), Symbol: "circle", SymbolSize: 3,
			XAxisIndex: axes, YAxisIndex: axes, ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.Set("series", at, "lineStyle", marks[i].LineStyle(colour, 2))
		b.Set("series", at, "clip", false)
		b.Set("series", at, "z", 6)
	}
	b.Key(page, l.key)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
}
