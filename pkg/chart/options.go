package chart

import (
	"strconv"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/option"
)

// Options returns the interactive picture as JSON: the option object of ECharts' setOption.
// It has no functions, only data. The same chart has the same bytes.
func (c Chart) Options() ([]byte, error) {
	if c.figure == nil {
		return nil, errNoChart
	}
	title, takeaway, head := c.heading()
	b := &option.Builder{Page: charts.NewLine(), Width: c.width}
	b.Page.XAxisList, b.Page.YAxisList = nil, nil
	w, h := c.size()
	b.Page.SetGlobalOptions(
		charts.WithInitializationOpts(opts.Initialization{ChartID: c.id, Width: px(w), Height: px(h)}),
		charts.WithTitleOpts(opts.Title{
			Title:    strings.Join(title, "\n"),
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
