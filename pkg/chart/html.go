package chart

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

//go:embed swap.js
var swapScript string

// HTML returns the chart as a fragment for a page: the static picture, and a
// script that swaps in the interactive one where the page has ECharts. Where there
// is none the picture stays, in dark colours if the page is dark; where no script
// runs either, in light ones. Nothing is loaded from elsewhere.
func (c Chart) HTML() (string, error) {
	png, err := c.PNG()
	if err != nil {
		return "", err
	}
	return c.fragment(c.bitmap(png), c.id, "", false)
}

// still is the static picture as an element.
type still struct {
	element string
	dark    []byte // the table of colours that a dark page gives to the PNG; nil of pictures that stay as they are
}

// bitmap returns what [Chart.PNG] made as an element, and its colours on a dark page; a
// [Chart.Dark] has those already, on any page.
func (c Chart) bitmap(png []byte) still {
	picture := still{element: c.image("image/png", png)}
	if !c.dark {
		picture.dark = canvas.DarkTable(png)
	}
	return picture
}

// image returns the static picture as an element. Notebook viewers that strip
// scripts and vectors from HTML let it pass.
func (c Chart) image(mime string, picture []byte) string {
	w, _ := c.size()
	return fmt.Sprintf(`<img src="data:%s;base64,%s" alt="%s" width="%d" style="max-width:100%%;height:auto;background-color:#ffffff">`,
		mime, base64.StdEncoding.EncodeToString(picture), html.EscapeString(c.alt()), w)
}

// alt returns what the picture says to those who do not see it.
func (c Chart) alt() string {
	if c.labels.Takeaway == "" {
		return c.labels.Title
	}
	return c.labels.Title + ": " + c.labels.Takeaway
}

// fragment returns the element with the given identifier: a static picture,
// the library's script if any, and the script that swaps.
func (c Chart) fragment(picture still, id, library string, live bool) (string, error) {
	options, err := c.Options()
	if err != nil {
		return "", err
	}
	theme, err := themes()
	if err != nil {
		return "", fmt.Errorf("chart: ECharts theme: %w", err)
	}
	w, h := c.size()
	return fmt.Sprintf("<div id=\"%s\" class=\"lorabook-chart\">%s%s<script>%s(%q,%d,%d,%t,%q,%s,%s);</script></div>\n",
		id, picture.element, library, strings.TrimSpace(swapScript), id, w, h, live, base64.StdEncoding.EncodeToString(picture.dark), options, theme), nil
}

// libraryScript returns a script element that puts ECharts into the page,
// unless it is there, and tells the charts that wait for it.
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
	for _, theme := range []Chart{c, c.Dark()} {
		svg, err := theme.SVG()
		if err != nil {
			return nil, err
		}
		_, picture, _ := strings.Cut(string(svg), "?>") // HTML has no XML declaration
		pictures.WriteString(picture)
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
[role=img]>svg+svg{display:none}
@media (prefers-color-scheme:dark){body{background:%s}[role=img]>svg{display:none}[role=img]>svg+svg{display:block}}</style>
</head>
<body>
%s</body>
</html>
`, html.EscapeString(c.labels.Title), canvas.CSS(canvas.Paper), canvas.CSS(canvas.DarkPaper), body), nil
}
