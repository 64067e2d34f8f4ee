package chart

import (
	"encoding/json"
	"image/color"
	"slices"
	"sync"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// themes returns the two ECharts themes, JSON: everything about the picture
// that depends on the page behind it, light or dark. Options carry only data
// and colours for a light page; "colours" says what each is on a dark one, as
// in the static picture.
var themes = sync.OnceValues(func() (json.RawMessage, error) {
	colours := make(map[string]string)
	for _, c := range slices.Concat([]color.NRGBA{canvas.Ink, canvas.Muted, canvas.Rule, canvas.Faint, canvas.Paper, canvas.Shade(0), canvas.Shade(1)}, canvas.Palette, canvas.Tints()) {
		colours[canvas.CSS(c)] = canvas.CSS(canvas.Dark(c))
	}
	return json.Marshal(map[string]any{
		"light":   theme(canvas.CSS(canvas.Ink), canvas.CSS(canvas.Muted), canvas.CSS(canvas.Rule), canvas.CSS(canvas.Faint), canvas.CSS(canvas.Paper)),
		"dark":    theme(canvas.CSS(canvas.Dark(canvas.Ink)), canvas.CSS(canvas.Dark(canvas.Muted)), canvas.CSS(canvas.Dark(canvas.Rule)), canvas.CSS(canvas.Dark(canvas.Faint)), "#222222"),
		"colours": colours,
	})
})

// fonts is what every machine has.
const fonts = "Liberation Sans, Arial, Helvetica, sans-serif"

func theme(ink, muted, rule, faint, panel string) map[string]any {
	axis := map[string]any{
		"axisLine":      map[string]any{"lineStyle": map[string]any{"color": rule}},
		"axisTick":      map[string]any{"lineStyle": map[string]any{"color": rule}},
		"axisLabel":     map[string]any{"color": muted, "fontSize": canvas.SmallPt},
		"nameTextStyle": map[string]any{"color": muted, "fontSize": canvas.TextPt},
		"splitLine":     map[string]any{"lineStyle": map[string]any{"color": faint}},
	}
	label := map[string]any{"label": map[string]any{"color": ink}}
	return map[string]any{
		"backgroundColor": "transparent",
		"textStyle":       map[string]any{"fontFamily": fonts, "color": ink},
		"title": map[string]any{
			"itemGap":      5,
			"textStyle":    map[string]any{"color": ink, "fontSize": canvas.TitlePt, "fontWeight": "bold", "lineHeight": canvas.TitleStep},
			"subtextStyle": map[string]any{"color": muted, "fontSize": canvas.TextPt, "lineHeight": canvas.LineStep},
		},
		"valueAxis":    axis,
		"categoryAxis": axis,
		"bar":          label,
		"line":         label,
		"scatter":      label,
		"tooltip": map[string]any{
			"backgroundColor": panel, "borderColor": rule, "confine": true,
			"textStyle":   map[string]any{"color": ink, "fontSize": canvas.TextPt},
			"axisPointer": map[string]any{"lineStyle": map[string]any{"color": rule}},
		},
	}
}
