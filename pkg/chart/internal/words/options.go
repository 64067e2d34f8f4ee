package words

import (
	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options builds the interactive picture.
func (w *Figure) Options(b *option.Builder, top int) {
	axes := b.Pixels(top, w.Height(b.Width))
	texts, names, _ := w.Flow(b.Width)
	marks, rest := w.key(b.Width)
	var lines [2][][][2]float64 // positive, negative
	underline := func(all []placed) {
		for _, p := range all {
			if p.Strength != 0 {
				lines[p.Colour()] = append(lines[p.Colour()], p.underline())
			}
		}
	}
	for i, text := range texts {
		data := make([]any, len(text))
		for j, p := range text {
			word := w.Texts[i].Words[j]
			data[j] = p.datum(option.Tip(word.Text + ": " + w.meaning(word.Effect)))
		}
		addWords(b, axes, w.Texts[i].Name, WordPt, data)
		underline(text)
	}
	b.Quiet(addWords(b, axes, "", canvas.TextPt, []any{marks[0].datum(""), marks[1].datum("")}))
	underline(marks)
	for i, of := range lines {
		if len(of) == 0 {
			continue
		}
		b.Strokes(axes, wordStrokes[i].LineStyle(canvas.CSS(canvas.Palette[i]), WordStroke), of, 5)
	}
	b.Write(axes, []canvas.Words{rest, {Size: canvas.NamePt, Bold: true, Colour: canvas.Ink, Lines: names}})
	b.Page.Tooltip = opts.Tooltip{Show: opts.Bool(true), Trigger: "item", Formatter: "{b}"}
}

// datum returns a word as a point whose symbol is its background. That lets the
// page shine through, light or dark, as the static picture's is mixed with it.
func (p placed) datum(tip string) any {
	return map[string]any{
		"name": tip, "value": []any{canvas.RoundTo(p.X, 5), p.Y, p.Text}, "symbolSize": []float64{canvas.RoundTo(p.Wide, 4), WordHigh},
		"itemStyle": map[string]any{"color": canvas.CSS(canvas.Palette[p.Colour()]), "opacity": canvas.RoundTo(p.Mix(), 2)},
	}
}

// addWords adds words on axes that count pixels.
func addWords(b *option.Builder, axes int, name string, size float64, data []any) (series int) {
	series = b.Add(charts.SingleSeries{Name: name, Type: "scatter", Symbol: "rect", Data: data, XAxisIndex: axes, YAxisIndex: axes})
	b.Set("series", series, "label", map[string]any{"show": true, "position": "inside", "formatter": "{@[2]}", "color": canvas.CSS(canvas.Ink), "opacity": 1, "fontSize": size})
	b.Set("series", series, "emphasis", map[string]any{"disabled": true})
	return series
}
