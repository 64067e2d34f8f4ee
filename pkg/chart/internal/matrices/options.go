package matrices

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (m *Figure) Options(b *option.Builder, top int) {
	l := m.layout(b.Width)
	var shaded []int
	for n, p := range m.Panes {
		columns := make([]string, p.Blocks.Columns)
		for j := range columns {
			columns[j] = span("column", p.Columns, p.Blocks.Columns, j)
		}
		box := l.boxes[n]
		b.Box(box.Left, top+box.Top, box.Width, box.Height,
			opts.XAxis{Type: "category", Show: opts.Bool(false), Data: columns},
			opts.YAxis{Type: "category", Show: opts.Bool(false), Data: make([]string, p.Blocks.Rows), Inverse: opts.Bool(true)})
		// A series for each row of blocks: its name is that of the rows, and the arrow
		// keys go up and down. A name for every block would take far more bytes.
		for i := range p.Blocks.Rows {
			at := b.Add(charts.SingleSeries{Name: p.Name + ", " + span("row", p.Rows, p.Blocks.Rows, i), Type: "heatmap", Data: p.cells(i), XAxisIndex: n, YAxisIndex: n})
			b.Set("series", at, "encode", map[string]any{"tooltip": 3})
			b.Set("series", at, "emphasis", map[string]any{"disabled": true})
			shaded = append(shaded, at)
		}
	}
	b.Page.VisualMapList = []opts.VisualMap{{
		Type: "continuous", Show: opts.Bool(false), Max: 1, Dimension: "2",
		InRange: &opts.VisualMapInRange{Color: []string{canvas.CSS(canvas.Tint(0)), canvas.CSS(canvas.Tint(1))}},
	}}
	b.Set("visualMap", 0, "seriesIndex", shaded)
	page := b.Pixels(top, l.height)
	b.Write(page, l.texts)
	addKey(b, page, l.key)
	b.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Rule), "width": 1}, l.frames(), 5)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}

// addKey adds a bar of all shades on axes that count pixels.
func addKey(b *option.Builder, axes int, at Box) {
	key := b.Add(charts.SingleSeries{
		Type: "scatter", Symbol: "rect", SymbolSize: []int{at.Width, at.Height}, XAxisIndex: axes, YAxisIndex: axes,
		Data: []any{[]float64{float64(at.Left) + float64(at.Width)/2, float64(at.Top) + float64(at.Height)/2}},
	})
	b.Quiet(key)
	b.Set("series", key, "itemStyle", map[string]any{"opacity": 1, "color": map[string]any{
		"type": "linear", "x": 0, "y": 0, "x2": 1, "y2": 0,
		"colorStops": []any{map[string]any{"offset": 0, "color": canvas.CSS(canvas.Tint(0))}, map[string]any{"offset": 1, "color": canvas.CSS(canvas.Tint(1))}},
	}})
}

// cells returns a row of blocks as [column, row, share of the strongest, root
// mean square].
func (p Pane) cells(i int) []any {
	out := make([]any, p.Blocks.Columns)
	for j := range out {
		out[j] = []float64{float64(j), float64(i), p.Blocks.Share(i, j), canvas.RoundTo(p.Blocks.Values[i*p.Blocks.Columns+j], 3)}
	}
	return out
}
