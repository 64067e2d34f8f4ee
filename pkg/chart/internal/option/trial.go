package option

import (
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

// TrialTip is the tooltip of a mark that has a description of several lines. formatter is "{a}"
// where the description is the name of the series, and "{b}" where it is that of the datum.
func TrialTip(formatter string) map[string]any {
	return map[string]any{"formatter": formatter, "extraCssText": "white-space:pre-line"}
}

// Trial sets the look of the line of a trial. Under the pointer the line moves to the front, and
// the others fade.
func Trial(b *Builder, series int, look trials.Class, z int) {
	colour := canvas.CSS(look.Colour)
	b.Set("series", series, "itemStyle", map[string]any{"color": colour})
	b.Set("series", series, "lineStyle", look.Mark.LineStyle(colour, look.Width))
	b.Set("series", series, "clip", false) // points on the rim are whole
	b.Set("series", series, "z", min(z, mostZ))
	b.Set("series", series, "triggerLineEvent", true)
	b.Set("series", series, "emphasis", map[string]any{"focus": "series", "lineStyle": map[string]any{"width": look.Width + 2}})
	b.Set("series", series, "tooltip", TrialTip("{a}"))
}

// mostZ keeps lines behind the words of the picture. Lines of one z are drawn in their order.
const mostZ = 6
