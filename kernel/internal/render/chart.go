package render

import (
	"bytes"
	"encoding/base64"
	"image"
	_ "image/png" // the size of a chart's picture
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
	"github.com/lorabook/lorabook/pkg/chart"
)

// chartClass marks the HTML of an output that pkg/chart drew.
const chartClass = `class="lorabook-chart"`

// chartPicture returns the picture of a chart for Markdown; nil for other outputs.
func chartPicture(output *nbformat.Output) *html.Node {
	source, _ := output.Data["text/html"].(string)
	if !strings.Contains(source, chartClass) {
		return nil
	}
	for _, kind := range pictureTypes {
		if text, ok := output.Data[kind].(string); ok {
			if src, err := pictureData(kind, text); err == nil {
				return element("img", "src", src, "alt", chartAlt(source))
			}
		}
	}
	return nil
}

// chartAlt returns the description of the picture in a chart's HTML.
func chartAlt(source string) string {
	alt := ""
	for _, img := range elements(holder(parseFragment(source, false)), "img") {
		alt, _ = attr(img, "alt")
	}
	return alt
}

// chartFigure returns the wide and the narrow picture of a chart in both themes, one of
// which the style sheet shows, and under it the chart in words. For other outputs the result is empty.
func chartFigure(output *nbformat.Output) *html.Node {
	source, _ := output.Data["text/html"].(string)
	text, _ := output.Data["image/png"].(string)
	if !strings.Contains(source, chartClass) || text == "" {
		return nil
	}
	light, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil
	}
	alt := chartAlt(source)
	pictures := []chartLayout{{class: "wide", light: light}}
	for i, source := range elements(holder(parseFragment(source, false)), "source") {
		// Charts saved before the narrow layout existed have none. The second is the wide picture as an
		// SVG, with letters that the PNG lacks.
		set, _ := attr(source, "srcset")
		data, svg := strings.CutPrefix(set, svgURL)
		if !svg && !strings.HasPrefix(set, pngURL) {
			continue
		}
		picture, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(data, pngURL))
		switch {
		case err != nil:
		case i == 0:
			pictures = append(pictures, chartLayout{"narrow", picture, svg})
		case i == 1:
			pictures[0] = chartLayout{"wide", picture, svg}
		}
	}
	class := "chart"
	if len(pictures) > 1 {
		class += " two"
	}
	figure := element("figure", "class", class)
	scroll := element("div", "class", "scroll", "tabindex", "0")
	figure.AppendChild(scroll)
	for _, p := range pictures {
		images, err := p.images(alt)
		if err != nil {
			return nil // shown as any other picture
		}
		layout := element("div", "class", p.class)
		for _, img := range images {
			layout.AppendChild(img)
		}
		scroll.AppendChild(layout)
	}
	if words, _ := output.Data["text/plain"].(string); words != "" {
		details, summary := element("details"), element("summary")
		summary.AppendChild(textNode("In words"))
		details.AppendChild(summary)
		details.AppendChild(textNode("\n")) // end of the match, where the search continues
		for _, node := range preformatted(html.EscapeString(strings.TrimRight(words, "\n"))) {
			details.AppendChild(node)
		}
		figure.AppendChild(details)
	}
	return figure
}

const (
	pngURL = "data:image/png;base64,"
	svgURL = "data:image/svg+xml;base64,"
)

// chartLayout is a layout of a chart as a PNG or an SVG for a light page.
type chartLayout struct {
	class string
	light []byte
	svg   bool
}

// images returns the picture in both themes.
func (p chartLayout) images(alt string) ([]*html.Node, error) {
	if p.svg { // which has a size of its own
		image := func(class string, picture []byte) *html.Node {
			return element("img", "class", class, "alt", alt, "src", svgURL+base64.StdEncoding.EncodeToString(picture))
		}
		return []*html.Node{image("on-light", p.light), image("on-dark", chart.DarkSVG(p.light))}, nil
	}
	dark, err := chart.DarkPNG(p.light)
	if err != nil {
		return nil, err
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(p.light))
	if err != nil {
		return nil, err
	}
	var out []*html.Node
	for _, theme := range []struct {
		class   string
		picture []byte
	}{{"on-light", p.light}, {"on-dark", dark}} {
		// A chart's picture has twice the pixels of its size.
		out = append(out, element("img", "class", theme.class, "alt", alt,
			"src", pngURL+base64.StdEncoding.EncodeToString(theme.picture),
			"width", strconv.Itoa(size.Width/2), "height", strconv.Itoa(size.Height/2)))
	}
	return out, nil
}
