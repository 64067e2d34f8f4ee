package option

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-echarts/go-echarts/v2/charts"
	"github.com/go-echarts/go-echarts/v2/opts"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Builder collects the parts of an interactive picture: a go-echarts chart,
// and the few settings of ECharts that go-echarts has no field for.
type Builder struct {
	Page  *charts.Line // any chart with x and y axes; series of other types join it
	Width int          // of the whole picture, in pixels
	grids []opts.Grid
	extra []extra
}

// extra is a setting beside go-echarts' own.
type extra struct {
	part  string // "series", "xAxis", "yAxis"
	index int
	key   string
	value any
}

// Box adds a set of axes at a place given in pixels.
func (b *Builder) Box(left, top, width, height int, x opts.XAxis, y opts.YAxis) (index int) {
	index = len(b.grids)
	b.grids = append(b.grids, opts.Grid{Left: strconv.Itoa(left), Top: strconv.Itoa(top), Width: strconv.Itoa(width), Height: strconv.Itoa(height)})
	x.GridIndex, y.GridIndex = index, index
	b.Page.XAxisList = append(b.Page.XAxisList, x)
	b.Page.YAxisList = append(b.Page.YAxisList, y)
	b.Set("yAxis", index, "axisTick", map[string]any{"show": false})
	return index
}

// Plot adds a plot area. Its grid, numbers and names are drawn on the axes named page,
// which count pixels (see [Builder.Pixels]), so that they lie as in the static picture.
func (b *Builder) Plot(top, page int, p canvas.Plot) (index int) {
	lines, axis := p.Grid()
	b.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Faint), "width": 1}, lines, 0)
	b.Strokes(page, map[string]any{"color": canvas.CSS(canvas.Rule), "width": 1}, [][][2]float64{axis}, 1)
	b.Write(page, p.Texts())
	return b.Box(p.Left, top+p.Top, p.Width, p.Height, bareX(p.X), bareY(p.Y))
}

// bareX and bareY are axes of numbers without words, lines and ticks.
func bareX(s canvas.Scale) opts.XAxis {
	return opts.XAxis{
		Type: "value", Min: s.Min, Max: s.Max,
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
		AxisLine:  &opts.AxisLine{Show: opts.Bool(false)},
		AxisTick:  &opts.AxisTick{Show: opts.Bool(false)},
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
	}
}

func bareY(s canvas.Scale) opts.YAxis {
	return opts.YAxis{
		Type: "value", Min: s.Min, Max: s.Max,
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
		AxisLine:  &opts.AxisLine{Show: opts.Bool(false)},
		AxisLabel: &opts.AxisLabel{Show: opts.Bool(false)},
	}
}

// Add appends a series and returns its index.
func (b *Builder) Add(s charts.SingleSeries) int {
	b.Page.MultiSeries = append(b.Page.MultiSeries, s)
	return len(b.Page.MultiSeries) - 1
}

// Quiet makes a series decoration: no hover, no tooltip.
func (b *Builder) Quiet(series int) {
	b.Set("series", series, "silent", true)
	b.Set("series", series, "tooltip", map[string]any{"show": false})
}

func (b *Builder) Set(part string, index int, key string, value any) {
	b.extra = append(b.extra, extra{part, index, key, value})
}

// JSON renders everything, extras put in place.
func (b *Builder) JSON(title string) ([]byte, error) {
	b.Page.GridList = b.grids
	raw, err := json.Marshal(b.Page.JSON())
	if err != nil {
		return nil, fmt.Errorf("chart: %q: go-echarts options: %w", title, err)
	}
	var object map[string]any
	if err := json.Unmarshal(raw, &object); err != nil {
		return nil, fmt.Errorf("chart: %q: go-echarts options: %w", title, err)
	}
	for _, e := range b.extra {
		parts, _ := object[e.part].([]any)
		if e.index >= len(parts) {
			return nil, fmt.Errorf("chart: %q: go-echarts wrote %d of %q, number %d was to get %q", title, len(parts), e.part, e.index, e.key)
		}
		parts[e.index].(map[string]any)[e.key] = e.value
	}
	// json.Marshal escapes <, > and &, so the result may stand in a script element.
	return json.Marshal(object)
}

// unbraced keeps text from being read as ECharts' markup.
func unbraced(s string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(s) }
