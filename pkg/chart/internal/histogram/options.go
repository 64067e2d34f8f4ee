package histogram

import (
	"fmt"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (h *Figure) Options(b *option.Builder, top int) {
	l := h.layout(b.Width)
	page := b.Pixels(top, l.height)
	axes := b.Plot(top, page, l.plot)
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
	left, _ := l.plot.Place(h.Edge(0), 0)
	right, _ := l.plot.Place(h.Edge(1), 0)
	width := canvas.RoundTo(0.94*(right-left), 4)
	at := b.Add(charts.SingleSeries{
		Name: h.Labels.Title, Type: "bar", Data: data, BarWidth: fmt.Sprint(width), XAxisIndex: axes, YAxisIndex: axes,
		ItemStyle: &opts.ItemStyle{Color: canvas.CSS(canvas.Palette[0])},
	})
	b.Set("series", at, "barMinHeight", 1) // a single long text is seen
	for i, m := range h.Marks {
		x, bottom := l.plot.Place(m.At, l.plot.Y.Min)
		b.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Palette[1]), "width": 1.5}, [][][2]float64{{{x, bottom}, {x, l.markTop(i)}}}, 5)
	}
	b.Write(page, l.marks)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}"}
}
