package chart

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

func (r *reliability) options(b *builder, top int) {
	x := r.xScale()
	b.grid(axisRoom, top+reliabilityHead, r.labelWidth()+margin, reliabilityPlot, valueX(x, r.labels.X), valueY(r.yScale(), r.labels.Y))
	colours := contrast(len(r.models))
	ends := make([]float64, len(r.models))
	for i, m := range r.models {
		ends[i] = m.Accuracy[len(m.Accuracy)-1]
	}
	names := r.names()
	shift := shifts(ends, r.yScale(), reliabilityPlot)
	for i, m := range r.models {
		data := make([]opts.LineData, len(m.Count))
		for bin := range data {
			data[bin] = opts.LineData{
				Name:       fmt.Sprintf("%s right at confidence %s (%s predictions)", number(m.Accuracy[bin]), number(m.Confidence[bin]), number(float64(m.Count[bin]))),
				Value:      []float64{roundTo(m.Confidence[bin], 5), roundTo(m.Accuracy[bin], 5)},
				SymbolSize: int(m.dot(bin) + 0.5),
			}
		}
		colour := css(colours[i])
		at := b.add(charts.SingleSeries{
			Name: m.Name, Type: "line", Data: data, Symbol: marks[i].symbol, ShowSymbol: opts.Bool(true),
			ItemStyle: &opts.ItemStyle{Color: colour, Opacity: opts.Float(1)},
		})
		b.set("series", at, "lineStyle", marks[i].lineStyle(colour, 2))
		end := endText(names[i], m.Name, "", colour)
		end["distance"], end["offset"] = 14, []float64{0, shift[i]}
		b.set("series", at, "endLabel", end)
		b.set("series", at, "clip", false) // dots on the rim are whole
		b.set("series", at, "z", 6)        // above the diagonal, a mark line
		if i == 0 {
			line := diagonal(x)
			if r.nameAtEnd() {
				line["label"].(map[string]any)["position"] = "insideEndTop"
			}
			b.set("series", at, "markLine", line)
		}
	}
	b.page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{a}: {b}"}
}

// diagonal is the line of perfect calibration with its name on it.
func diagonal(x scale) map[string]any {
	return map[string]any{
		"silent": true, "symbol": "none",
		"lineStyle": map[string]any{"color": css(rule), "type": "dashed", "width": 1.5},
		"label":     map[string]any{"show": true, "position": "insideStartTop", "formatter": onTheDiagonal, "color": css(palette[4]), "fontSize": smallPt, "distance": 6},
		"data":      []any{[]any{map[string]any{"coord": []float64{x.min, x.min}}, map[string]any{"coord": []float64{1, 1}}}},
	}
}
