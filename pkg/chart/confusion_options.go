package chart

import (
	"fmt"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
)

func (c *confusion) options(b *builder, top int) {
	l, k := c.layout(), len(c.classes)
	for n, m := range c.matrices {
		b.box(l.left[n], top+l.top, k*l.cellW, k*l.cellH,
			opts.XAxis{
				Type: "category", Data: c.classes, Position: "top",
				Name: "{heading|" + unbraced(m.heading()) + "}\n{axis|predicted}", NameLocation: "middle", NameGap: 26,
			},
			opts.YAxis{Type: "category", Data: c.classes, Inverse: opts.Bool(true), Name: "true", NameLocation: "middle", NameGap: l.left[0] - margin - 12})
		for _, axis := range []string{"xAxis", "yAxis"} {
			b.set(axis, n, "axisLine", map[string]any{"show": false})
			b.set(axis, n, "axisTick", map[string]any{"show": false})
			b.set(axis, n, "axisLabel", map[string]any{"interval": 0, "fontSize": textPt, "width": l.cellW - 6, "overflow": "truncate"})
		}
		b.set("xAxis", n, "nameTextStyle", map[string]any{"rich": map[string]any{
			"heading": map[string]any{"fontWeight": "bold", "fontSize": namePt, "lineHeight": 22},
			"axis":    map[string]any{"fontSize": smallPt, "lineHeight": 18},
		}})
		if n > 0 { // rows are named once
			b.set("yAxis", n, "axisLabel", map[string]any{"show": false})
			b.set("yAxis", n, "name", "")
		} else {
			b.set("yAxis", n, "axisLabel", map[string]any{"interval": 0, "fontSize": textPt, "width": maxClassName, "overflow": "truncate"})
		}
		at := b.add(charts.SingleSeries{Name: m.Name, Type: "heatmap", Data: m.cells(c.classes), XAxisIndex: n, YAxisIndex: n})
		size := 14
		if l.cellW < 56 {
			size = 9
		}
		b.set("series", at, "label", map[string]any{"show": true, "formatter": "{@[3]}", "color": css(ink), "fontSize": size, "lineHeight": size + 4})
		b.set("series", at, "itemStyle", map[string]any{"borderColor": css(paper), "borderWidth": 1})
		b.set("series", at, "tooltip", map[string]any{"formatter": "{a}: {b}"})
	}
	b.page.VisualMapList = []opts.VisualMap{{
		Type: "continuous", Show: opts.Bool(false), Max: 1,
		Dimension: "2",
		InRange:   &opts.VisualMapInRange{Color: []string{css(shade(0)), css(shade(1))}},
	}}
	b.page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}

// unbraced keeps text from being read as ECharts' markup.
func unbraced(s string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(s) }

// cells returns a matrix's cells as [column, row, share of the row, text].
func (m Matrix) cells(classes []string) []opts.HeatMapData {
	var out []opts.HeatMapData
	for i := range classes {
		for j := range classes {
			share := m.share(i, j)
			out = append(out, opts.HeatMapData{
				Name:  fmt.Sprintf("%s of true %s taken for %s (%s)", number(float64(m.Counts[i][j])), classes[i], classes[j], percent(share)),
				Value: []any{j, i, roundTo(share, 4), number(float64(m.Counts[i][j])) + "\n" + percent(share)},
			})
		}
	}
	return out
}
