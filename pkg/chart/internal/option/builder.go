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

// Grid adds a set of axes at a place given in pixels.
func (b *Builder) Grid(left, top, right, height int, x opts.XAxis, y opts.YAxis) (index int) {
	index = len(b.grids)
	b.grids = append(b.grids, opts.Grid{Left: strconv.Itoa(left), Top: strconv.Itoa(top), Right: strconv.Itoa(right), Height: strconv.Itoa(height)})
	x.GridIndex, y.GridIndex = index, index
	b.Page.XAxisList = append(b.Page.XAxisList, x)
	b.Page.YAxisList = append(b.Page.YAxisList, y)
	b.Set("yAxis", index, "axisTick", map[string]any{"show": false})
	return index
}

// Box adds a set of axes as grid does, of a width instead of up to the right edge.
func (b *Builder) Box(left, top, width, height int, x opts.XAxis, y opts.YAxis) (index int) {
	index = b.Grid(left, top, 0, height, x, y)
	b.grids[index].Right, b.grids[index].Width = "", strconv.Itoa(width)
	return index
}

// ValueX and valueY are number axes on round numbers.
func ValueX(s canvas.Scale, name string) opts.XAxis {
	return opts.XAxis{
		Type: "value", Min: s.Min, Max: s.Max, MinInterval: s.Step, MaxInterval: s.Step,
		Name: name, NameLocation: "middle", NameGap: 28,
		SplitLine: &opts.SplitLine{Show: opts.Bool(false)},
		AxisLine:  &opts.AxisLine{Show: opts.Bool(true), OnZero: opts.Bool(false)},
		AxisLabel: &opts.AxisLabel{HideOverlap: opts.Bool(true)},
	}
}

func ValueY(s canvas.Scale, name string) opts.YAxis {
	return opts.YAxis{
		Type: "value", Min: s.Min, Max: s.Max, MinInterval: s.Step, MaxInterval: s.Step,
		Name: name, NameLocation: "middle", NameGap: 44,
		AxisLine: &opts.AxisLine{Show: opts.Bool(false)},
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

// Json renders everything, extras put in place.
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

// EndText is the text at a line's end: the name, and the value if there is one.
// ECharts fills in a name that stands there whole, since a formatter reads braces
// as markup; a name that was cut has parentheses for them.
func EndText(text, name, value, colour string) map[string]any {
	formatter := unbraced(text)
	if text == strings.TrimRight(name+" "+value, " ") {
		formatter = "{a}" + strings.TrimPrefix(text, name)
	}
	return map[string]any{"show": true, "formatter": formatter, "color": colour, "fontWeight": "bold", "fontSize": canvas.TextPt, "distance": 8}
}

// unbraced keeps text from being read as ECharts' markup.
func unbraced(s string) string { return strings.NewReplacer("{", "(", "}", ")").Replace(s) }
