package chart

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func (w *words) options(b *builder, top int) {
	axes := b.pixels(top, w.height())
	texts, names, _ := w.flow()
	marks, rest := w.key()
	var lines [2][][][2]float64 // positive, negative
	underline := func(all []placed) {
		for _, p := range all {
			if p.strength != 0 {
				lines[p.colour()] = append(lines[p.colour()], p.underline())
			}
		}
	}
	for i, text := range texts {
		data := make([]any, len(text))
		for j, p := range text {
			word := w.texts[i].Words[j]
			data[j] = p.datum(tip(word.Text + ": " + w.meaning(word.Effect)))
		}
		addWords(b, axes, w.texts[i].Name, wordPt, data)
		underline(text)
	}
	b.quiet(addWords(b, axes, "", canvas.TextPt, []any{marks[0].datum(""), marks[1].datum("")}))
	underline(marks)
	for i, of := range lines {
		b.strokes(axes, wordStrokes[i].LineStyle(canvas.Css(canvas.Palette[i]), wordStroke), of)
	}
	b.captions(axes, canvas.TextStyle(canvas.NamePt, true, canvas.Ink), canvas.Css(canvas.Ink), names)
	b.captions(axes, canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), canvas.Css(canvas.Muted), []canvas.Caption{rest})
	b.page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}"}
}

// datum returns a word as a point whose symbol is its background. That lets the
// page shine through, light or dark, as the static picture's is mixed with it.
func (p placed) datum(tip string) any {
	return map[string]any{
		"name": tip, "value": []any{canvas.RoundTo(p.x, 5), p.y, p.text}, "symbolSize": []float64{canvas.RoundTo(p.wide, 4), wordHigh},
		"itemStyle": map[string]any{"color": canvas.Css(canvas.Palette[p.colour()]), "opacity": canvas.RoundTo(p.mix(), 2)},
	}
}

// addWords adds words on axes that count pixels.
func addWords(b *builder, axes int, name string, size float64, data []any) (series int) {
	series = b.add(charts.SingleSeries{Name: name, Type: "scatter", Symbol: "rect", Data: data, XAxisIndex: axes, YAxisIndex: axes})
	b.set("series", series, "label", map[string]any{"show": true, "position": "inside", "formatter": "{@[2]}", "color": canvas.Css(canvas.Ink), "opacity": 1, "fontSize": size})
	b.set("series", series, "emphasis", map[string]any{"disabled": true})
	return series
}
