package chart

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (r *roc) options(b *builder, top int) {
	name := canvas.TextStyle(canvas.TextPt, false, canvas.Muted)
	b.box(canvas.AxisRoom, top+rocHead, rocPlot, rocPlot,
		valueX(rocScale, canvas.Shorten(r.labels.X, name, rocPlot+canvas.AxisRoom)), valueY(rocScale, canvas.Shorten(r.labels.Y, name, rocPlot+rocHead)))
	colours := canvas.Contrast(len(r.curves))
	for i, c := range r.curves {
		x, y := canvas.Thin(c.FalsePositives, c.TruePositives, canvas.MaxPoints)
		data := make([]opts.LineData, len(x))
		for j := range data {
			data[j].Value = []float64{canvas.RoundTo(x[j], 5), canvas.RoundTo(y[j], 5)}
		}
		colour := canvas.Css(colours[i])
		at := b.add(charts.SingleSeries{
			Name: c.Name, Type: "line", Data: data, ShowSymbol: opts.Bool(len(data) <= dotted), Symbol: "circle", SymbolSize: 3,
			ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.set("series", at, "lineStyle", canvas.Marks[i].LineStyle(colour, 2))
		b.set("series", at, "clip", false)
		b.set("series", at, "z", 6)
		if i == 0 {
			line := diagonal(rocScale)
			line["label"] = map[string]any{"show": true, "position": "insideEndBottom", "formatter": guessing, "color": canvas.Css(canvas.Palette[4]), "fontSize": canvas.SmallPt, "distance": []int{40, 6}}
			b.set("series", at, "markLine", line)
		}
	}
	page := b.pixels(top, r.height())
	names := r.keyNames()
	var areas []canvas.Caption
	for i, c := range r.curves {
		y := r.keyTop(i)
		b.strokes(page, canvas.Marks[i].LineStyle(canvas.Css(colours[i]), 2), [][][2]float64{{{rocKey, y}, {rocKey + rocLine, y}}})
		b.captions(page, canvas.Middle(canvas.TextPt, true, colours[i], draw.XLeft), canvas.Css(colours[i]), []canvas.Caption{{X: rocKey + rocLine + 10, Y: y, Text: names[i]}})
		areas = append(areas, canvas.Caption{X: rocKey + rocLine + 10, Y: y + 16, Text: c.areaText()})
	}
	b.captions(page, canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), canvas.Css(canvas.Muted), areas)
	b.page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
}
