package chart

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/plot/vg/draw"
)

func (r *roc) options(b *builder, top int) {
	name := textStyle(textPt, false, muted)
	b.box(axisRoom, top+rocHead, rocPlot, rocPlot,
		valueX(rocScale, shorten(r.labels.X, name, rocPlot+axisRoom)), valueY(rocScale, shorten(r.labels.Y, name, rocPlot+rocHead)))
	colours := contrast(len(r.curves))
	for i, c := range r.curves {
		x, y := thin(c.FalsePositives, c.TruePositives, maxPoints)
		data := make([]opts.LineData, len(x))
		for j := range data {
			data[j].Value = []float64{roundTo(x[j], 5), roundTo(y[j], 5)}
		}
		colour := css(colours[i])
		at := b.add(charts.SingleSeries{
			Name: c.Name, Type: "line", Data: data, ShowSymbol: opts.Bool(len(data) <= dotted), Symbol: "circle", SymbolSize: 3,
			ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.set("series", at, "lineStyle", marks[i].lineStyle(colour, 2))
		b.set("series", at, "clip", false)
		b.set("series", at, "z", 6)
		if i == 0 {
			line := diagonal(rocScale)
			line["label"] = map[string]any{"show": true, "position": "insideEndBottom", "formatter": guessing, "color": css(palette[4]), "fontSize": smallPt, "distance": []int{40, 6}}
			b.set("series", at, "markLine", line)
		}
	}
	page := b.pixels(top, r.height())
	names := r.keyNames()
	var areas []caption
	for i, c := range r.curves {
		y := r.keyTop(i)
		b.strokes(page, marks[i].lineStyle(css(colours[i]), 2), [][][2]float64{{{rocKey, y}, {rocKey + rocLine, y}}})
		b.captions(page, middle(textPt, true, colours[i], draw.XLeft), css(colours[i]), []caption{{rocKey + rocLine + 10, y, names[i]}})
		areas = append(areas, caption{rocKey + rocLine + 10, y + 16, c.areaText()})
	}
	b.captions(page, textStyle(smallPt, false, muted), css(muted), areas)
	b.page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
}
