package chart

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

//go:embed swap.js
var swapScript string

// HTML returns the chart as a fragment for a page: static pictures, and a script that
// replaces them with the interactive chart if the page has ECharts. Otherwise a picture
// stays: the wide or the narrow one, by the room that it has, dark on a dark page. Without
// scripts it is a light one, and narrow on narrow screens. Nothing is loaded from elsewhere.
func (c Chart) HTML() (string, error) {
	if c.figure == nil {
		return "", errNoChart
	}
	picture, _, err := c.bitmaps()
	if err != nil {
		return "", err
	}
	return c.fragment(picture, c.id, "", false)
}

// still is the static picture as an element.
type still struct {
	element string
	vectors [][]byte  // the wide and the narrow SVG, if the chart has letters that a PNG lacks
	dark    [2]string // base64 of the colour tables of the wide and the narrow PNG on a dark page, or of the dark SVGs; empty for pictures that stay as they are
}

// narrowScreen is the width of a screen, in pixels, up to which the narrow picture is shown
// where no script runs. A notebook's page has less room than its screen.
const narrowScreen = 860

// bitmaps returns the PNGs of the wide and the narrow layout as an element, with their
// colours on a dark page, and the wide PNG. A [Chart.Dark] has dark colours on any page.
func (c Chart) bitmaps() (picture still, wide []byte, err error) {
	wide, err = c.Fit(canvas.Wide).PNG()
	if err != nil {
		return still{}, nil, err
	}
	narrow, err := c.Fit(canvas.Narrow).PNG()
	if err != nil {
		return still{}, nil, err
	}
	if picture.vectors, err = c.vectors(); err != nil {
		return still{}, nil, err
	}
	picture.element = c.images("image/png", wide, narrow, picture.vectors...)
	switch {
	case c.dark: // on any page
	case picture.vectors != nil:
		for i, svg := range picture.vectors {
			picture.dark[i] = base64.StdEncoding.EncodeToString(canvas.DarkSVG(svg))
		}
	default:
		for i, png := range [][]byte{wide, narrow} {
			picture.dark[i] = base64.StdEncoding.EncodeToString(canvas.DarkTable(png))
		}
	}
	return picture, wide, nil
}

// vectors returns the wide and the narrow SVG of a chart with letters that a PNG lacks, such as Chinese or
// Arabic ones, and nil for others.
func (c Chart) vectors() ([][]byte, error) {
	wide, narrow, err := c.svgs()
	if err != nil || !canvas.Lacks(string(wide)) && !canvas.Lacks(string(narrow)) {
		return nil, err
	}
	return [][]byte{wide, narrow}, nil
}

// svgs returns the SVGs of the wide and the narrow layout.
func (c Chart) svgs() (wide, narrow []byte, err error) {
	if wide, err = c.Fit(canvas.Wide).SVG(); err == nil {
		narrow, err = c.Fit(canvas.Narrow).SVG()
	}
	return wide, narrow, err
}

// images returns the static picture as an element. Notebook viewers that remove scripts and
// vectors from HTML keep the wide picture. vectors are none, or the wide and the narrow SVG, which
// others show instead.
func (c Chart) images(mime string, wide, narrow []byte, vectors ...[]byte) string {
	w, h := c.Fit(canvas.Wide).size()
	nw, nh := c.Fit(canvas.Narrow).size()
	first, more := dataURL(mime, narrow), ""
	if len(vectors) == 2 {
		const vector = "image/svg+xml"
		first = dataURL(vector, vectors[1])
		more = fmt.Sprintf(`<source type="%s" srcset="%s" width="%d" height="%d">`, vector, dataURL(vector, vectors[0]), w, h)
	}
	return fmt.Sprintf(`<picture><source media="(max-width:%dpx)" srcset="%s" width="%d" height="%d">%s<img src="%s" alt="%s" width="%d" style="max-width:100%%;height:auto;background-color:#ffffff"></picture>`,
		narrowScreen, first, nw, nh, more, dataURL(mime, wide), html.EscapeString(c.alt()), w)
}

func dataURL(mime string, content []byte) string {
	return fmt.Sprintf("data:%s;base64,%s", mime, base64.StdEncoding.EncodeToString(content))
}

// alt describes the picture to those who do not see it.
func (c Chart) alt() string {
	if c.labels.Takeaway == "" {
		return c.labels.Title
	}
	return c.labels.Title + ": " + c.labels.Takeaway
}

// pageLayout is an interactive layout in a page: the options of the first, and for each
// further one its difference from the first (see [difference]).
type pageLayout struct {
	Width   int             `json:"width"`
	Height  int             `json:"height"`
	Options json.RawMessage `json:"options,omitempty"`
	Changes any             `json:"changes,omitempty"`
}

// layouts returns all layouts as JSON.
func (c Chart) layouts() ([]byte, error) {
	var out []pageLayout
	var first any
	for i, width := range widths {
		c := c.Fit(width)
		options, err := c.Options()
		if err != nil {
			return nil, err
		}
		var values any
		if err := json.Unmarshal(options, &values); err != nil {
			return nil, fmt.Errorf("chart: %q: options: %w", c.labels.Title, err)
		}
		w, h := c.size()
		l := pageLayout{Width: w, Height: h}
		if i == 0 {
			l.Options, first = options, values
		} else {
			l.Changes = difference(first, values)
		}
		out = append(out, l)
	}
	return json.Marshal(out)
}

// fragment returns the element with the given identifier: a static picture, the library's
// script if any, and the script that replaces the picture.
func (c Chart) fragment(picture still, id, library string, live bool) (string, error) {
	layouts, err := c.layouts()
	if err != nil {
		return "", err
	}
	theme, err := themes()
	if err != nil {
		return "", fmt.Errorf("chart: ECharts theme: %w", err)
	}
	return fmt.Sprintf("<div id=\"%s\" class=\"lorabook-chart\">%s%s<script>%s(%q,%t,[%q,%q],%s,%s);</script></div>\n",
		id, picture.element, library, strings.TrimSpace(swapScript), id, live, picture.dark[0], picture.dark[1], layouts, theme), nil
}

// libraryScript returns a script element that puts ECharts into the page, unless it is
// there, and notifies the charts that wait for it.
func libraryScript(library []byte) string {
	var b strings.Builder
	// AMD and CommonJS are hidden from the library: in a page with RequireJS
	// its anonymous module would be refused.
	b.WriteString("<script>(function(){if(!window.echarts){(function(define,exports,module){")
	b.Write(bytes.ReplaceAll(library, []byte("</script"), []byte(`<\/script`)))
	b.WriteString("\n}).call(window)}document.dispatchEvent(new Event(\"lorabook-echarts\"))})();</script>")
	return b.String()
}

// page returns a whole HTML document for one chart: the picture as vectors, the
// interactive chart over it if there is a library; both light or dark as the
// reader's machine is set.
func (c Chart) page(library []byte) ([]byte, error) {
	var pictures strings.Builder
	fmt.Fprintf(&pictures, `<div role="img" aria-label="%s">`, html.EscapeString(c.alt()))
	for _, width := range widths {
		for _, theme := range []struct {
			chart Chart
			name  string
		}{{c, "light"}, {c.Dark(), "dark"}} {
			svg, err := theme.chart.Fit(width).SVG()
			if err != nil {
				return nil, err
			}
			_, picture, _ := strings.Cut(string(svg), "<svg") // HTML has no XML declaration
			fmt.Fprintf(&pictures, `<svg class="%s w%d"%s`, theme.name, width, picture)
		}
	}
	pictures.WriteString("</div>")
	script := ""
	if library != nil {
		script = libraryScript(library)
	}
	body, err := c.fragment(still{element: pictures.String()}, c.id, script, false)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>%s</title>
<style>body{margin:24px;background:%s}svg{max-width:100%%;height:auto}
[role=img]>svg{display:none}%s
@media (prefers-color-scheme:dark){body{background:%s}}</style>
</head>
<body>
%s</body>
</html>
`, html.EscapeString(c.labels.Title), canvas.CSS(canvas.Paper), showOne(), canvas.CSS(canvas.DarkPaper), body), nil
}

// pageMargin is the space left and right of the chart in a page of its own.
const pageMargin = 24

// showOne returns the style rules that show one of a page's pictures: the widest that has
// room, in the reader's theme.
func showOne() string {
	var rules strings.Builder
	for i, width := range widths {
		room := ""
		if i > 0 {
			room += fmt.Sprintf(" and (max-width:%.1fpx)", float64(widths[i-1]+2*pageMargin)-0.1)
		}
		if i < len(widths)-1 {
			room += fmt.Sprintf(" and (min-width:%dpx)", width+2*pageMargin)
		}
		for _, theme := range []struct{ name, condition string }{{"light", "not (prefers-color-scheme:dark)"}, {"dark", "(prefers-color-scheme:dark)"}} {
			fmt.Fprintf(&rules, "\n@media (%s)%s{[role=img]>svg.%s.w%d{display:block}}", theme.condition, room, theme.name, width)
		}
	}
	return rules.String()
}
