package chart

import (
	"encoding/json"
	"image/color"
	"sync"
)

// themes returns the two ECharts themes, JSON: everything about the picture
// that depends on the page behind it, light or dark. Options carry only data
// and colours for a light page; "colours" says what each is on a dark one, as
// in the static picture.
var themes = sync.OnceValues(func() (json.RawMessage, error) {
	colours := make(map[string]string)
	for _, c := range append([]color.NRGBA{ink, muted, rule, paper, shade(0), shade(1)}, palette...) {
		colours[css(c)] = css(dark(c))
	}
	return json.Marshal(map[string]any{
		"light":   theme(css(ink), css(muted), css(rule), css(faint), css(paper)),
		"dark":    theme(css(dark(ink)), css(dark(muted)), css(dark(rule)), css(dark(faint)), "#222222"),
		"colours": colours,
	})
})

// fonts is what every machine has.
const fonts = "Liberation Sans, Arial, Helvetica, sans-serif"

func theme(ink, muted, rule, faint, panel string) map[string]any {
	axis := map[string]any{
		"axisLine":      map[string]any{"lineStyle": map[string]any{"color": rule}},
		"axisTick":      map[string]any{"lineStyle": map[string]any{"color": rule}},
		"axisLabel":     map[string]any{"color": muted, "fontSize": smallPt},
		"nameTextStyle": map[string]any{"color": muted, "fontSize": textPt},
		"splitLine":     map[string]any{"lineStyle": map[string]any{"color": faint}},
	}
	label := map[string]any{"label": map[string]any{"color": ink}}
	return map[string]any{
		"backgroundColor": "transparent",
		"textStyle":       map[string]any{"fontFamily": fonts, "color": ink},
		"title": map[string]any{
			"itemGap":      8,
			"textStyle":    map[string]any{"color": ink, "fontSize": titlePt, "fontWeight": "bold"},
			"subtextStyle": map[string]any{"color": muted, "fontSize": textPt, "lineHeight": lineStep},
		},
		"valueAxis":    axis,
		"categoryAxis": axis,
		"bar":          label,
		"line":         label,
		"scatter":      label,
		"tooltip": map[string]any{
			"backgroundColor": panel, "borderColor": rule, "confine": true,
			"textStyle":   map[string]any{"color": ink, "fontSize": textPt},
			"axisPointer": map[string]any{"lineStyle": map[string]any{"color": rule}},
		},
	}
}
