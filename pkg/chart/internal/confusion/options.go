package confusion

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

func (c *Figure) Options(b *option.Builder, top int) {
	l, k := c.layout(), len(c.Classes)
	headings := c.headings(l)
	var shaded []int
	for n, m := range c.Matrices {
		b.Box(l.left[n], top+l.top, k*l.cellW, k*l.cellH,
			opts.XAxis{Type: "category", Data: l.columns, Position: "top"},
			opts.YAxis{Type: "category", Data: l.rows, Inverse: opts.Bool(true), Name: "true", NameLocation: "middle", NameGap: l.left[0] - canvas.Margin - 12})
		for _, axis := range []string{"xAxis", "yAxis"} {
			b.Set(axis, n, "axisLine", map[string]any{"show": false})
			b.Set(axis, n, "axisTick", map[string]any{"show": false})
			b.Set(axis, n, "axisLabel", map[string]any{"interval": 0, "fontSize": l.size.Points()})
		}
		if l.upright {
			b.Set("xAxis", n, "axisLabel", map[string]any{"interval": 0, "fontSize": l.size.Points(), "rotate": -90, "margin": 4})
		}
		if n > 0 { // rows are named once
			b.Set("yAxis", n, "axisLabel", map[string]any{"show": false})
			b.Set("yAxis", n, "name", "")
		}
		at := b.Add(charts.SingleSeries{Name: m.Name, Type: "heatmap", Data: m.cells(c.Classes, l), XAxisIndex: n, YAxisIndex: n})
		shaded = append(shaded, at)
		size := 14
		if l.cellW < 56 {
			size = smallCellPt
		}
		b.Set("series", at, "label", map[string]any{"show": l.counts, "formatter": "{@[3]}", "color": canvas.CSS(canvas.Ink), "fontSize": size, "lineHeight": size + 4})
		b.Set("series", at, "itemStyle", map[string]any{"borderColor": canvas.CSS(canvas.Paper), "borderWidth": 1})
		b.Set("series", at, "tooltip", map[string]any{"formatter": "{a}: {b}"})
	}
	page := b.Pixels(top, c.Height())
	var names, predicted []canvas.Caption
	for n, heading := range headings {
		names = append(names, canvas.Caption{X: float64(l.left[n]), Y: 12, Text: heading})
		middle := float64(l.left[n]) + float64(k*l.cellW)/2
		predicted = append(predicted, canvas.Caption{X: middle - canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width("predicted").Points()/2, Y: 33, Text: "predicted"})
	}
	b.Captions(page, canvas.TextStyle(canvas.NamePt, true, canvas.Ink), canvas.CSS(canvas.Ink), names)
	b.Captions(page, canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), canvas.CSS(canvas.Muted), predicted)
	b.Page.VisualMapList = []opts.VisualMap{{
		Type: "continuous", Show: opts.Bool(false), Max: 1,
		Dimension: "2",
		InRange:   &opts.VisualMapInRange{Color: []string{canvas.CSS(l.colour(0)), canvas.CSS(l.colour(1))}},
	}}
	b.Set("visualMap", 0, "seriesIndex", shaded)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}

// cells returns a matrix's cells as [column, row, share of the row, text].
func (m Matrix) cells(classes []string, l matrixLayout) []opts.HeatMapData {
	var out []opts.HeatMapData
	for i := range classes {
		for j := range classes {
			count, share := l.text(m, i, j)
			text := count
			if share != "" {
				text += "\n" + share
			}
			out = append(out, opts.HeatMapData{
				Name:  fmt.Sprintf("%s of true %s taken for %s (%s)", canvas.Number(float64(m.Counts[i][j])), classes[i], classes[j], canvas.Percent(m.share(i, j))),
				Value: []any{j, i, canvas.RoundTo(m.share(i, j), 4), text},
			})
		}
	}
	return out
}
