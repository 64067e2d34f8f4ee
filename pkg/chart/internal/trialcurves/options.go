package trialcurves

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

// Options builds the interactive picture.
func (f *Figure) Options(b *option.Builder, top int) {
	l := f.layout(b.Width)
	page := b.Pixels(top, l.height)
	axes := b.Plot(top, page, l.plot)
	looks := f.Looks()
	for z, i := range f.Order(looks) {
		t, look := f.Trials[i], looks[i]
		if !f.drawn(i) {
			continue
		}
		var data []opts.LineData
		for j := range t.X {
			data = append(data, opts.LineData{Name: trials.Value(t.Y[j]) + " at " + canvas.Number(t.X[j]), Value: []float64{canvas.RoundTo(t.X[j], 8), canvas.RoundTo(l.inside(t.Y[j]), 5)}})
		}
		at := b.Add(charts.SingleSeries{Name: option.Tip(f.Describe(i)), Type: "line", Data: data, XAxisIndex: axes, YAxisIndex: axes, Symbol: look.Mark.Symbol, SymbolSize: look.Width + 3})
		option.Trial(b, at, look, 2+z)
		b.Set("series", at, "tooltip", option.TrialTip("{b}\n{a}"))
	}
	b.Key(page, l.key)
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item"}
}
