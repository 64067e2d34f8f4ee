package option

import (
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Pixels adds unseen axes over the whole drawing, which count pixels from its
// upper left corner.
func (b *Builder) Pixels(top, height int) (index int) {
	return b.Box(0, top, canvas.Width, height,
		opts.XAxis{Type: "value", Show: opts.Bool(false), Min: 0, Max: canvas.Width},
		opts.YAxis{Type: "value", Show: opts.Bool(false), Min: 0, Max: height, Inverse: opts.Bool(true)})
}

// Captions adds lines of text on axes that count pixels.
func (b *Builder) Captions(axes int, style draw.TextStyle, colour string, lines []canvas.Caption) {
	data := make([]any, len(lines))
	for i, l := range lines {
		data[i] = []any{l.X, l.Y, l.Text}
	}
	at := b.Add(charts.SingleSeries{Type: "scatter", Data: data, Symbol: "circle", SymbolSize: 0.01, XAxisIndex: axes, YAxisIndex: axes})
	b.Quiet(at)
	label := map[string]any{"show": true, "position": "right", "distance": 0, "formatter": "{@[2]}", "color": colour, "opacity": 1, "fontSize": style.Font.Size.Points()}
	if style.Font.Weight > 0 {
		label["fontWeight"] = "bold"
	}
	b.Set("series", at, "label", label)
}

// Strokes adds lines on axes that count pixels, each a list of points.
func (b *Builder) Strokes(axes int, style map[string]any, lines [][][2]float64) {
	var data []opts.LineData
	for _, line := range lines {
		for _, p := range line {
			data = append(data, opts.LineData{Value: []any{p[0], p[1]}})
		}
		data = append(data, opts.LineData{Value: []any{line[len(line)-1][0], "-"}}) // ends the stroke
	}
	at := b.Add(charts.SingleSeries{Type: "line", Data: data, Symbol: "none", XAxisIndex: axes, YAxisIndex: axes})
	b.Quiet(at)
	b.Set("series", at, "lineStyle", style)
	b.Set("series", at, "clip", false) // a line along the rim has its full width
	b.Set("series", at, "z", 5)
}

// Tip keeps text from being read as markup where ECharts puts it into a
// tooltip: a dollar there has a meaning for JavaScript's replace.
func Tip(s string) string { return strings.ReplaceAll(unbraced(s), "$", "$$") }
