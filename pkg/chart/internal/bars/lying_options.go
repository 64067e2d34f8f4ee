package bars

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (b *Figure) lyingOptions(o *option.Builder, top int) {
	r := b.rows()
	// ECharts' axis of bars starts and ends half a slot outside the outermost ones.
	edge := r.unit / 2
	x := option.ValueX(b.yScale(), b.YName)
	x.SplitLine = &opts.SplitLine{Show: opts.Bool(true)}
	axes := o.Box(r.left, top+r.top-int(edge), r.right-r.left, r.plotHeight()+int(r.unit), x, opts.YAxis{
		Type: "category", Data: make([]string, r.slots()), Inverse: opts.Bool(true),
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
	})
	o.Set("yAxis", axes, "axisLine", map[string]any{"show": true, "onZero": true})
	o.Set("xAxis", axes, "axisLine", map[string]any{"show": false})
	colours := canvas.Contrast(len(b.Series))
	for i, s := range b.Series {
		b.addLying(o, r, i, s, canvas.CSS(colours[i]))
	}
	page := o.Pixels(top, r.Height())
	if b.named() {
		for i, k := range b.key() {
			at := o.Add(charts.SingleSeries{
				Type: "scatter", Data: []any{[]any{k.square + keySquare/2.0, keyMiddle}}, Symbol: "rect", SymbolSize: keySquare,
				XAxisIndex: page, YAxisIndex: page,
			})
			o.Quiet(at)
			o.Set("series", at, "itemStyle", b.barStyle(i, canvas.CSS(colours[i])))
			o.Captions(page, canvas.Middle(canvas.TextPt, true, colours[i], 0), canvas.CSS(colours[i]), []canvas.Caption{{X: k.text, Y: keyMiddle, Text: k.name}})
		}
	}
	var names []any
	for g, name := range b.rowNames() {
		names = append(names, []any{r.left - 8, float64(r.top) + (r.middle(g, 0)+r.middle(g, r.n-1))/2, name})
	}
	at := o.Add(charts.SingleSeries{Type: "scatter", Data: names, Symbol: "circle", SymbolSize: 0.01, XAxisIndex: page, YAxisIndex: page})
	o.Quiet(at)
	o.Set("series", at, "label", map[string]any{"show": true, "position": "left", "distance": 0, "formatter": "{@[2]}", "color": canvas.CSS(canvas.Ink), "opacity": 1, "fontSize": r.size.Points(), "fontWeight": "bold"})
	o.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}, {b}"}
}

// barStyle returns the style of a series' lying bars.
func (b *Figure) barStyle(series int, colour string) map[string]any {
	if b.hollow(series) {
		return map[string]any{"color": "transparent", "borderColor": colour, "borderWidth": 1.5, "opacity": 1}
	}
	return map[string]any{"color": colour, "opacity": 1}
}

func (b *Figure) addLying(o *option.Builder, r barRows, i int, s Series, colour string) {
	columns := make([]opts.BarData, r.slots())
	for j := range columns {
		columns[j].Value = "-"
	}
	var whiskers []opts.LineData
	var values []opts.ScatterData
	for g, group := range b.Groups {
		at, text := r.slot(g, i), b.value(s.Values[g])
		name, label := group+": "+text, "{value|"+text+"}"
		if in := b.interval(s, g); in != "" {
			name += " (" + in + ")"
			label += "{interval|" + in + "}"
			whiskers = append(whiskers,
				opts.LineData{Value: []any{s.Low[g], at}}, opts.LineData{Value: []any{s.High[g], at}},
				opts.LineData{Value: []any{"-", at}})
		}
		columns[at] = opts.BarData{Name: name, Value: s.Values[g]}
		values = append(values, opts.ScatterData{Name: label, Value: []any{s.top(g), at}})
	}
	at := o.Add(charts.SingleSeries{Name: s.Name, Type: "bar", Data: columns, BarGap: "-100%", BarWidth: fmt.Sprint(r.thick())})
	o.Set("series", at, "itemStyle", b.barStyle(i, colour))
	o.Set("series", at, "emphasis", map[string]any{"disabled": true})
	if len(whiskers) > 0 {
		for n, stroke := range []struct {
			colour string
			cap    []float64
			width  float32
		}{{canvas.CSS(canvas.Paper), []float64{4, r.thick() - 1}, 3.5}, {canvas.CSS(canvas.Ink), []float64{1.5, r.thick() - 2}, 1.5}} {
			at := o.Add(charts.SingleSeries{
				Name: s.Name, Type: "line", Data: whiskers, Symbol: "rect", ShowSymbol: opts.Bool(true),
				LineStyle: &opts.LineStyle{Color: stroke.colour, Width: stroke.width},
				ItemStyle: &opts.ItemStyle{Color: stroke.colour},
			})
			o.Quiet(at)
			o.Set("series", at, "symbolSize", stroke.cap)
			o.Set("series", at, "z", 3+n)
		}
	}
	at = o.Add(charts.SingleSeries{Name: s.Name, Type: "scatter", Data: values, Symbol: "circle", SymbolSize: 0.01})
	o.Quiet(at)
	o.Set("series", at, "label", map[string]any{"show": true, "position": "right", "distance": 7, "formatter": "{b}", "color": canvas.CSS(canvas.Ink), "opacity": 1,
		"rich": map[string]any{
			"value":    map[string]any{"fontWeight": "bold", "fontSize": r.size.Points()},
			"interval": map[string]any{"fontSize": r.size.Points() - 1, "padding": []int{0, 0, 0, valueGap}},
		}})
	o.Set("series", at, "z", 5)
}
