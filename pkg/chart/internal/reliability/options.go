package reliability

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (r *Figure) Options(b *option.Builder, top int) {
	x := r.xScale()
	b.Grid(canvas.AxisRoom, top+reliabilityHead, r.labelWidth()+canvas.Margin, reliabilityPlot, option.ValueX(x, r.Labels.X), option.ValueY(r.yScale(), r.Labels.Y))
	colours := canvas.Contrast(len(r.Models))
	ends := make([]float64, len(r.Models))
	for i, m := range r.Models {
		ends[i] = m.Accuracy[len(m.Accuracy)-1]
	}
	names := r.names()
	shift := canvas.Shifts(ends, r.yScale(), reliabilityPlot)
	for i, m := range r.Models {
		data := make([]opts.LineData, len(m.Count))
		for bin := range data {
			data[bin] = opts.LineData{
				Name:       fmt.Sprintf("%s right at confidence %s (%s predictions)", canvas.Number(m.Accuracy[bin]), canvas.Number(m.Confidence[bin]), canvas.Number(float64(m.Count[bin]))),
				Value:      []float64{canvas.RoundTo(m.Confidence[bin], 5), canvas.RoundTo(m.Accuracy[bin], 5)},
				SymbolSize: int(m.dot(bin) + 0.5),
			}
		}
		colour := canvas.CSS(colours[i])
		at := b.Add(charts.SingleSeries{
			Name: m.Name, Type: "line", Data: data, Symbol: canvas.Marks[i].Symbol, ShowSymbol: opts.Bool(true),
			ItemStyle: &opts.ItemStyle{Color: colour, Opacity: opts.Float(1)},
		})
		b.Set("series", at, "lineStyle", canvas.Marks[i].LineStyle(colour, 2))
		end := option.EndText(names[i], m.Name, "", colour)
		end["distance"], end["offset"] = 14, []float64{0, shift[i]}
		b.Set("series", at, "endLabel", end)
		b.Set("series", at, "clip", false) // dots on the rim are whole
		b.Set("series", at, "z", 6)        // above the diagonal, a mark line
		if i == 0 {
			line := option.Diagonal(x, OnTheDiagonal)
			if r.nameAtEnd() {
				line["label"].(map[string]any)["position"] = "insideEndTop"
			}
			b.Set("series", at, "markLine", line)
		}
	}
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}: {b}"}
}
