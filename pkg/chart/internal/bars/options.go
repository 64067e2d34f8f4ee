package bars

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (b *Figure) Options(o *option.Builder, top int) {
	if b.lying() {
		b.lyingOptions(o, top)
		return
	}
	names := make([]string, b.slots())
	feet := b.footNames()
	for g := range b.Groups {
		for i := range b.Series {
			if b.named() {
				names[b.slot(g, i)] = feet[i]
			}
		}
	}
	bare := opts.XAxis{
		Type: "category", Data: names,
		AxisTick:  &opts.AxisTick{Show: opts.Bool(false)},
		AxisLabel: &opts.AxisLabel{Interval: "0"},
		AxisLine:  &opts.AxisLine{OnZero: opts.Bool(false)},
	}
	o.Grid(canvas.AxisRoom, top+barsHead, canvas.Margin, barsPlot, bare, option.ValueY(b.yScale(), b.YName))
	// A second axis on top carries the group names.
	heads := bare
	heads.Data, heads.Position = b.headNames(), "top"
	heads.AxisLine = &opts.AxisLine{Show: opts.Bool(false)}
	o.Page.XAxisList = append(o.Page.XAxisList, heads)
	o.Set("xAxis", 1, "axisLabel", map[string]any{"interval": 0, "fontWeight": "bold", "fontSize": canvas.NamePt, "margin": 38})
	o.Set("xAxis", 0, "axisLabel", map[string]any{"interval": 0, "margin": 10, "fontSize": b.nameSize().Points()})
	colours := canvas.Contrast(len(b.Series))
	for i, s := range b.Series {
		b.addBars(o, i, s, canvas.CSS(colours[i]))
	}
	o.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}, {b}"}
}

func (b *Figure) addBars(o *option.Builder, i int, s Series, colour string) {
	columns := make([]opts.BarData, b.slots())
	for j := range columns {
		columns[j].Value = "-" // ECharts' word for no bar here
	}
	var whiskers []opts.LineData
	var values []opts.ScatterData
	for g, group := range b.Groups {
		at := b.slot(g, i)
		text := b.value(s.Values[g])
		name := group + ": " + text
		if in := b.interval(s, g); in != "" {
			name += " (" + in + ")"
			text = "{value|" + text + "}"
			if b.intervalsFit() {
				text += "\n{interval|" + in + "}"
			}
			whiskers = append(whiskers,
				opts.LineData{Value: []any{at, s.Low[g]}}, opts.LineData{Value: []any{at, s.High[g]}},
				opts.LineData{Value: []any{at, "-"}}) // ends the stroke
		}
		columns[at] = opts.BarData{Name: name, Value: s.Values[g]}
		values = append(values, opts.ScatterData{Name: text, Value: []any{at, s.top(g)}})
	}
	o.Set("series", o.Add(charts.SingleSeries{
		Name: s.Name, Type: "bar", Data: columns,
		BarGap: "-100%", BarWidth: "84%", BarMaxWidth: "64",
		ItemStyle: &opts.ItemStyle{Color: colour},
	}), "emphasis", map[string]any{"disabled": true})
	if len(whiskers) > 0 {
		// A white rim keeps the dark stroke visible on bars and on a dark page.
		for i, stroke := range []struct {
			colour, cap any
			width       float32
		}{{canvas.CSS(canvas.Paper), []int{14, 4}, 3.5}, {canvas.CSS(canvas.Ink), []float32{12, 1.5}, 1.5}} {
			at := o.Add(charts.SingleSeries{
				Name: s.Name, Type: "line", Data: whiskers, Symbol: "rect", SymbolSize: stroke.cap, ShowSymbol: opts.Bool(true),
				LineStyle: &opts.LineStyle{Color: stroke.colour.(string), Width: stroke.width},
				ItemStyle: &opts.ItemStyle{Color: stroke.colour.(string)},
			})
			o.Quiet(at)
			o.Set("series", at, "z", 3+i)
		}
	}
	at := o.Add(charts.SingleSeries{
		Name: s.Name, Type: "scatter", Data: values, Symbol: "circle", SymbolSize: 0.01,
	})
	o.Quiet(at)
	o.Set("series", at, "label", map[string]any{"show": true, "position": "top", "formatter": "{b}", "fontWeight": "bold", "fontSize": canvas.TextPt, "lineHeight": 14,
		"align": "center",
		"rich": map[string]any{
			"value":    map[string]any{"fontWeight": "bold", "fontSize": canvas.TextPt, "lineHeight": 15, "align": "center"},
			"interval": map[string]any{"fontSize": intervalPt, "lineHeight": 13, "align": "center"},
		}})
	o.Set("series", at, "z", 5)
}
