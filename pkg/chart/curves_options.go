package chart

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

func (c *curves) options(b *builder, top int) {
	x := c.xScale()
	room := c.labelRoom() + margin
	all := make([]int, len(c.panels))
	for i, p := range c.panels {
		all[i] = i
		last := i == len(c.panels)-1
		xAxis := valueX(x, "")
		if last {
			xAxis.Name = c.labels.X
		} else {
			xAxis.AxisLabel = &opts.AxisLabel{Show: opts.Bool(false)}
		}
		height := c.panelHeight()
		b.grid(axisRoom, top+10+i*(height+curveGap), room, height, xAxis, valueY(p.yScale(), p.name))
		p.addSeries(b, i, height)
	}
	b.page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
	b.page.AxisPointer = &opts.AxisPointer{Link: []opts.AxisPointerLink{{XAxisIndex: all}}}
}

func (p panel) addSeries(b *builder, grid, height int) {
	shift, labels := p.labelShifts(height), p.endLabels()
	shown := 0
	for i, s := range p.series {
		n := len(s.X)
		if n == 0 {
			continue
		}
		data := make([]opts.LineData, n)
		for j := range data {
			data[j].Value = []float64{roundTo(s.X[j], 8), roundTo(s.Y[j], 5)}
		}
		colour := css(palette[p.colour[i]])
		at := b.add(charts.SingleSeries{
			Name: s.Name, Type: "line", Data: data,
			XAxisIndex: grid, YAxisIndex: grid,
			ShowSymbol: opts.Bool(n <= dotted), Symbol: marks[i].symbol, SymbolSize: 6,
			ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.set("series", at, "lineStyle", marks[i].lineStyle(colour, lineWidth(n).Points()))
		end := endText(labels[shown].text, s.Name, number(s.Y[n-1]), colour)
		end["offset"] = []float64{0, shift[shown]}
		shown++
		b.set("series", at, "endLabel", end)
	}
}

// labelShifts returns how far down each line's end label is moved, in pixels,
// so that none covers another.
func (p panel) labelShifts(height int) []float64 {
	var ends []float64
	for _, l := range p.endLabels() {
		ends = append(ends, l.y)
	}
	return shifts(ends, p.yScale(), height)
}

// shifts returns how far down labels at these values of an axis are moved.
func shifts(values []float64, y scale, height int) []float64 {
	at := make([]float64, len(values))
	for i, v := range values {
		at[i] = float64(height) * (v - y.min) / (y.max - y.min)
	}
	moved := spread(at, 15, 4, float64(height))
	for i := range moved {
		moved[i] = roundTo(at[i]-moved[i], 4)
	}
	return moved
}
