package confusion

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (c *Figure) Options(b *option.Builder, top int) {
	l, k := c.layout(b.Width), len(c.Classes)
	var shaded []int
	for n, m := range c.Matrices {
		b.Box(l.corners[n][0], top+l.corners[n][1], k*l.cellW, k*l.cellH,
			opts.XAxis{Type: "category", Show: opts.Bool(false), Data: make([]string, k)},
			opts.YAxis{Type: "category", Show: opts.Bool(false), Data: make([]string, k), Inverse: opts.Bool(true)})
		at := b.Add(charts.SingleSeries{Name: m.Name, Type: "heatmap", Data: m.cells(c.Classes), XAxisIndex: n, YAxisIndex: n})
		shaded = append(shaded, at)
		b.Set("series", at, "label", map[string]any{"show": false})
		b.Set("series", at, "itemStyle", map[string]any{"borderColor": canvas.CSS(canvas.Paper), "borderWidth": 1})
		b.Set("series", at, "tooltip", map[string]any{"formatter": "{a}: {b}"})
	}
	b.Write(b.Pixels(top, l.height), l.texts)
	b.Page.VisualMapList = []opts.VisualMap{{
		Type: "continuous", Show: opts.Bool(false), Max: 1,
		Dimension: "2",
		InRange:   &opts.VisualMapInRange{Color: []string{canvas.CSS(l.colour(0)), canvas.CSS(l.colour(1))}},
	}}
	b.Set("visualMap", 0, "seriesIndex", shaded)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}

// cells returns a matrix's cells as [column, row, share of the row, count].
func (m Matrix) cells(classes []string) []opts.HeatMapData {
	var out []opts.HeatMapData
	for i := range classes {
		for j := range classes {
			out = append(out, opts.HeatMapData{
				Name:  fmt.Sprintf("%s of true %s taken for %s (%s)", canvas.Number(float64(m.Counts[i][j])), classes[i], classes[j], canvas.Percent(m.share(i, j))),
				Value: []any{j, i, canvas.RoundTo(m.share(i, j), 4), m.Counts[i][j]},
			})
		}
	}
	return out
}
