package chart

import (
	"strconv"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options returns the interactive picture: the option object that ECharts
// takes in setOption, as JSON. It holds data only, no function, and the same
// bytes for the same chart.
func (c Chart) Options() ([]byte, error) {
	if c.figure == nil {
		return nil, errNoChart
	}
	takeaway, head := c.heading()
	b := &option.Builder{Page: charts.NewLine()}
	b.Page.XAxisList, b.Page.YAxisList = nil, nil
	w, h := c.size()
	title := canvas.TextStyle(canvas.TitlePt, true, canvas.Ink)
	b.Page.SetGlobalOptions(
		charts.WithInitializationOpts(opts.Initialization{ChartID: c.id, Width: px(w), Height: px(h)}),
		charts.WithTitleOpts(opts.Title{
			Title:    canvas.Shorten(c.labels.Title, title, canvas.Width-2*canvas.Margin),
			Subtitle: strings.Join(takeaway, "\n"),
			Left:     strconv.Itoa(canvas.Margin - 5), Top: "8",
		}),
		charts.WithLegendOpts(opts.Legend{Show: opts.Bool(false)}),
		charts.WithAnimation(false),
		charts.WithColorsOpts(paletteCSS()),
	)
	c.figure.Options(b, head)
	return b.JSON(c.labels.Title)
}

func px(n int) string { return strconv.Itoa(n) + "px" }

func paletteCSS() opts.Colors {
	var out opts.Colors
	for _, c := range canvas.Palette {
		out = append(out, canvas.CSS(c))
	}
	return out
}
