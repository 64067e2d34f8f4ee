package roc

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (r *Figure) Options(b *option.Builder, top int) {
	name := canvas.TextStyle(canvas.TextPt, false, canvas.Muted)
	b.Box(canvas.AxisRoom, top+rocHead, rocPlot, rocPlot,
		option.ValueX(rocScale, canvas.Shorten(r.Labels.X, name, rocPlot+canvas.AxisRoom)), option.ValueY(rocScale, canvas.Shorten(r.Labels.Y, name, rocPlot+rocHead)))
	colours := canvas.Contrast(len(r.Curves))
	for i, c := range r.Curves {
		x, y := canvas.Thin(c.FalsePositives, c.TruePositives, canvas.MaxPoints)
		data := make([]opts.LineData, len(x))
		for j := range data {
			data[j].Value = []float64{canvas.RoundTo(x[j], 5), canvas.RoundTo(y[j], 5)}
		}
		colour := canvas.CSS(colours[i])
		at := b.Add(charts.SingleSeries{
			Name: c.Name, Type: "line", Data: data, ShowSymbol: opts.Bool(len(data) <= canvas.MostDots), Symbol: "circle", SymbolSize: 3,
			ItemStyle: &opts.ItemStyle{Color: colour},
		})
		b.Set("series", at, "lineStyle", canvas.Marks[i].LineStyle(colour, 2))
		b.Set("series", at, "clip", false)
		b.Set("series", at, "z", 6)
		if i == 0 {
			line := option.Diagonal(rocScale, Guessing)
			line["label"] = map[string]any{"show": true, "position": "insideEndBottom", "formatter": Guessing, "color": canvas.CSS(canvas.Palette[4]), "fontSize": canvas.SmallPt, "distance": []int{40, 6}}
			b.Set("series", at, "markLine", line)
		}
	}
	page := b.Pixels(top, r.Height())
	names := r.keyNames()
	var areas []canvas.Caption
	for i, c := range r.Curves {
		y := r.keyTop(i)
		b.Strokes(page, canvas.Marks[i].LineStyle(canvas.CSS(colours[i]), 2), [][][2]float64{{{rocKey, y}, {rocKey + rocLine, y}}})
		b.Captions(page, canvas.Middle(canvas.TextPt, true, colours[i], draw.XLeft), canvas.CSS(colours[i]), []canvas.Caption{{X: rocKey + rocLine + 10, Y: y, Text: names[i]}})
		areas = append(areas, canvas.Caption{X: rocKey + rocLine + 10, Y: y + 16, Text: c.areaText()})
	}
	b.Captions(page, canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), canvas.CSS(canvas.Muted), areas)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "axis"}
}
