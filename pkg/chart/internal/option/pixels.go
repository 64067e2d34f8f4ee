package option

import (
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Pixels adds unseen axes over the whole drawing, which count pixels from its upper left
// corner.
func (b *Builder) Pixels(top, height int) (index int) {
	return b.Box(0, top, b.Width, height,
		opts.XAxis{Type: "value", Show: opts.Bool(false), Min: 0, Max: b.Width},
		opts.YAxis{Type: "value", Show: opts.Bool(false), Min: 0, Max: height, Inverse: opts.Bool(true)})
}

// positions are the places of a label beside its point, by its alignment.
var positions = []string{"right", "inside", "left"}

// Write adds captions on axes that count pixels.
func (b *Builder) Write(axes int, all []canvas.Words) {
	for _, w := range all {
		if len(w.Lines) == 0 {
			continue
		}
		data := make([]any, len(w.Lines))
		first := w.Lines[0]
		for i, l := range w.Lines {
			place := []any{canvas.RoundTo(l.X, 5), canvas.RoundTo(l.Y, 5), l.Text}
			data[i] = place
			if l.Align != first.Align || l.Turn != first.Turn {
				data[i] = map[string]any{"value": place, "label": map[string]any{"position": positions[l.Align], "rotate": l.Turn}}
			}
		}
		at := b.Add(charts.SingleSeries{Type: "scatter", Data: data, Symbol: "circle", SymbolSize: 0.01, XAxisIndex: axes, YAxisIndex: axes})
		b.Quiet(at)
		label := map[string]any{"show": true, "position": positions[first.Align], "distance": 0, "formatter": "{@[2]}", "color": canvas.CSS(w.Colour), "opacity": 1, "fontSize": w.Size.Points()}
		if first.Turn != 0 {
			label["rotate"] = first.Turn
		}
		if w.Bold {
			label["fontWeight"] = "bold"
		}
		if w.Halo {
			label["textBorderColor"], label["textBorderWidth"] = canvas.CSS(canvas.Paper), 2*canvas.HaloWidth
		}
		b.Set("series", at, "label", label)
		b.Set("series", at, "z", 7)
	}
}

// Key adds a key on axes that count pixels.
func (b *Builder) Key(axes int, k canvas.Key) {
	for i, stroke := range k.Strokes {
		b.Strokes(axes, k.Entries[i].Mark.LineStyle(canvas.CSS(k.Entries[i].Stroke()), k.Entries[i].Width()), [][][2]float64{stroke}, 5)
	}
	b.Write(axes, k.Texts)
}

// Strokes adds lines on axes that count pixels, each a list of points. A larger z is nearer
// to the reader.
func (b *Builder) Strokes(axes int, style map[string]any, lines [][][2]float64, z int) {
	var data []opts.LineData
	for _, line := range lines {
		for _, p := range line {
			data = append(data, opts.LineData{Value: []any{canvas.RoundTo(p[0], 5), canvas.RoundTo(p[1], 5)}})
		}
		data = append(data, opts.LineData{Value: []any{canvas.RoundTo(line[len(line)-1][0], 5), "-"}}) // ends the stroke
	}
	at := b.Add(charts.SingleSeries{Type: "line", Data: data, Symbol: "none", XAxisIndex: axes, YAxisIndex: axes})
	b.Quiet(at)
	b.Set("series", at, "lineStyle", style)
	b.Set("series", at, "clip", false) // a line along the rim has its full width
	b.Set("series", at, "z", z)
}

// Tip keeps text from being read as markup where ECharts puts it into a
// tooltip: a dollar there has a meaning for JavaScript's replace.
func Tip(s string) string { return strings.ReplaceAll(unbraced(s), "$", "$$") }
