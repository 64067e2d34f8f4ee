package histogram

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (h *Figure) Options(b *option.Builder, top int) {
	b.Grid(canvas.AxisRoom, top+histogramHead, canvas.Margin+14, histogramPlot, option.ValueX(h.XScale(), h.Labels.X), option.ValueY(h.yScale(), h.Labels.Y))
	data := make([]opts.BarData, len(h.Counts))
	for i, n := range h.Counts {
		data[i] = opts.BarData{
			Name:  fmt.Sprintf("%s from %s to %s", canvas.Number(float64(n)), canvas.Number(h.Edge(i)), canvas.Number(h.Edge(i+1))),
			Value: []any{(h.Edge(i) + h.Edge(i+1)) / 2, n},
		}
		if n == 0 { // or barMinHeight would raise it
			data[i].Value = []any{(h.Edge(i) + h.Edge(i+1)) / 2, "-"}
		}
	}
	at := b.Add(charts.SingleSeries{
		Name: h.Labels.Title, Type: "bar", Data: data, BarWidth: "94%",
		ItemStyle: &opts.ItemStyle{Color: canvas.CSS(canvas.Palette[0])},
	})
	b.Set("series", at, "barMinHeight", 1) // a single long text is seen
	if len(h.Marks) > 0 {
		var lines []any
		for i, m := range h.Marks {
			align, offset := "left", 6
			if h.nameOnLeft(m) {
				align, offset = "right", -6
			}
			// Each further line is lower by its name, which stands at its top.
			top := h.yScale().Max * (1 - float64(i*17)/histogramPlot)
			lines = append(lines, []any{
				map[string]any{"name": m.Name, "coord": []float64{m.At, 0}, "label": map[string]any{
					"formatter": "{b}", "position": "end", "color": canvas.CSS(canvas.Palette[1]), "fontWeight": "bold", "fontSize": canvas.TextPt, "offset": []int{offset, 17}, "align": align}},
				map[string]any{"coord": []float64{m.At, top}},
			})
		}
		b.Set("series", at, "markLine", map[string]any{
			"silent": true, "symbol": "none", "data": lines,
			"lineStyle": map[string]any{"color": canvas.CSS(canvas.Palette[1]), "type": "solid", "width": 1.5},
		})
	}
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}"}
}
