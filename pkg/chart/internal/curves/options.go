package curves

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (c *Figure) Options(b *option.Builder, top int) {
	x := c.xScale()
	room := c.labelRoom() + canvas.Margin
	all := make([]int, len(c.panels))
	for i, p := range c.panels {
		all[i] = i
		last := i == len(c.panels)-1
		xAxis := option.ValueX(x, "")
		if last {
			xAxis.Name = c.labels.X
		} else {
			xAxis.AxisLabel = &opts.AxisLabel{Show: opts.Bool(false)}
		}
		height := c.panelHeight()
		b.Grid(canvas.AxisRoom, top+10+i*(height+curveGap), room, height, xAxis, option.ValueY(p.yScale(), p.name))
		p.addSeries(b, i, height)
	}
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
	b.Page.AxisPointer = &opts.AxisPointer{Link: []opts.AxisPointerLink{{XAxisIndex: all}}}
}

func (p panel) addSeries(b *option.Builder, grid, height int) {
	shift, labels := p.labelShifts(height), p.endLabels()
	shown := 0
	for i, s := range p.series {
		n := len(s.X)
		if n == 0 {
			continue
		}
		data := make([]opts.LineData, n)
		for j := range data {
			data[j].Value = []float64{canvas.RoundTo(s.X[j], 8), canvas.RoundTo(s.Y[j], 5)}
		}
		colour := canvas.CSS(canvas.Palette[p.colour[i]])
		at := b.Add(charts.SingleSeries{
			Name: s.Name, Type: "line", Data: data,
			XAxisIndex: grid, YAxisIndex: grid,
			ShowSymbol: opts.Bool(n <= canvas.MostDots), Symbol: canvas.Marks[i].Symbol, SymbolSize: 6,
			ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.Set("series", at, "lineStyle", canvas.Marks[i].LineStyle(colour, lineWidth(n).Points()))
		end := option.EndText(labels[shown].text, s.Name, canvas.Number(s.Y[n-1]), colour)
		end["offset"] = []float64{0, shift[shown]}
		shown++
		b.Set("series", at, "endLabel", end)
	}
}

// labelShifts returns how far down each line's end label is moved, in pixels,
// so that none covers another.
func (p panel) labelShifts(height int) []float64 {
	var ends []float64
	for _, l := range p.endLabels() {
		ends = append(ends, l.y)
	}
	return canvas.Shifts(ends, p.yScale(), height)
}
