package curves

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (c *Figure) Options(b *option.Builder, top int) {
	l := c.layout(b.Width)
	page := b.Pixels(top, l.height)
	var all []int
	for i, p := range c.panels {
		axes := b.Plot(top, page, l.plots[i])
		all = append(all, axes)
		p.addSeries(b, axes, l.plots[i])
	}
	for i := range c.panels { // after all lines, which keep their places in every layout
		b.Key(page, l.keys[i])
		b.Write(page, l.labels[i])
	}
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
	b.Page.AxisPointer = &opts.AxisPointer{Link: []opts.AxisPointerLink{{XAxisIndex: all}}}
}

func (p panel) addSeries(b *option.Builder, axes int, plot canvas.Plot) {
	digitsX, digitsY := max(8, plot.X.Digits()), max(5, plot.Y.Digits())
	for i, s := range p.series {
		n := len(s.X)
		if n == 0 {
			continue
		}
		data := make([]opts.LineData, n)
		for j := range data {
			data[j].Value = []float64{canvas.RoundTo(s.X[j], digitsX), canvas.RoundTo(s.Y[j], digitsY)}
		}
		colour := canvas.CSS(canvas.Palette[p.colour[i]])
		at := b.Add(charts.SingleSeries{
			Name: s.Name, Type: "line", Data: data, XAxisIndex: axes, YAxisIndex: axes,
			ShowSymbol: opts.Bool(n <= canvas.MostDots), Symbol: canvas.Marks[i].Symbol, SymbolSize: 6,
			ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.Set("series", at, "lineStyle", canvas.Marks[i].LineStyle(colour, lineWidth(n).Points()))
		b.Set("series", at, "clip", false) // points on the rim are whole
		b.Set("series", at, "z", 6)
	}
}
