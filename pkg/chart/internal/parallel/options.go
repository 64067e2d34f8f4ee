package parallel

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture. Each trial is a series on axes that count shares and
// axes of the picture, so that its data are the same in every layout.
func (f *Figure) Options(b *option.Builder, top int) {
	l, axes := f.layout(b.Width), f.axes()
	hidden := opts.Bool(false)
	page := b.Pixels(top, l.bottom)
	area := b.Box(l.left, top+l.top, l.width, l.height,
		opts.XAxis{Type: "value", Show: hidden, Min: 0, Max: 1},
		opts.YAxis{Type: "value", Show: hidden, Min: 0, Max: len(axes) - 1, Inverse: opts.Bool(true)})
	looks := f.Looks()
	for z, i := range f.Order(looks) {
		var data []opts.LineData
		for axis, share := range f.shares(axes, i) {
			data = append(data, opts.LineData{Value: []float64{share, float64(axis)}})
		}
		look := looks[i]
		at := b.Add(charts.SingleSeries{Name: option.Tip(f.Describe(i)), Type: "line", Data: data, XAxisIndex: area, YAxisIndex: area, Symbol: look.Mark.Symbol, SymbolSize: look.Width + 3})
		option.Trial(b, at, look, 2+z)
	}
	b.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Rule), "width": 1}, l.lines, 1)
	b.Key(page, l.key)
	b.Write(page, l.texts)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}
