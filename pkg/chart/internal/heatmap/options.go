package heatmap

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (f *Figure) Options(b *option.Builder, top int) {
	l := f.layout(b.Width)
	b.Box(l.left, top+l.top, l.cellW*len(l.columns.Names), l.cellH*len(l.rows.Names),
		opts.XAxis{Type: "category", Show: opts.Bool(false), Data: make([]string, len(l.columns.Names))},
		opts.YAxis{Type: "category", Show: opts.Bool(false), Data: make([]string, len(l.rows.Names)), Inverse: opts.Bool(true)})
	var data []any
	for _, c := range l.cells {
		d := map[string]any{"name": option.Tip(f.describe(c)), "value": []any{c.column, c.row, c.share}}
		if !c.valued {
			d["visualMap"] = false
			d["itemStyle"] = map[string]any{"color": canvas.CSS(l.colour(c))}
		}
		data = append(data, d)
	}
	at := b.Add(charts.SingleSeries{Name: f.Objective, Type: "heatmap", Data: data})
	b.Set("series", at, "label", map[string]any{"show": false})
	b.Set("series", at, "itemStyle", map[string]any{"borderColor": canvas.CSS(canvas.Paper), "borderWidth": 1})
	b.Set("series", at, "tooltip", option.TrialTip("{b}"))
	page := b.Pixels(top, l.height)
	for _, frame := range l.frames {
		b.Strokes(page, frame.class.Mark.LineStyle(canvas.CSS(frame.class.Colour), frameWidth), [][][2]float64{l.line(frame.cell)}, 5)
	}
	b.Key(page, l.key)
	b.Write(page, l.texts)
	b.Page.VisualMapList = []opts.VisualMap{{
		Type: "continuous", Show: opts.Bool(false), Max: 1, Dimension: "2",
		InRange: &opts.VisualMapInRange{Color: []string{canvas.CSS(l.shade(0)), canvas.CSS(l.shade(1))}},
	}}
	b.Set("visualMap", 0, "seriesIndex", []int{at})
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}
