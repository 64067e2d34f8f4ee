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

// chartFigure returns the picture of a chart in both themes, one of which the style sheet
// shows, and under it the chart in words. For other outputs the result is empty.
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
	dark, err := chart.DarkPNG(light)
	if err != nil {
		return nil // shown as any other picture
	}
	size, _, err := image.DecodeConfig(bytes.NewReader(light))
	if err != nil {
		return nil
	}
	alt := chartAlt(source)
	figure := element("figure", "class", "chart")
	scroll := element("div", "class", "scroll", "tabindex", "0")
	figure.AppendChild(scroll)
	for _, theme := range []struct {
		class   string
		picture []byte
	}{{"on-light", light}, {"on-dark", dark}} {
		// A chart's picture has twice the pixels of its size.
		scroll.AppendChild(element("img", "class", theme.class, "alt", alt,
			"src", "data:image/png;base64,"+base64.StdEncoding.EncodeToString(theme.picture),
			"width", strconv.Itoa(size.Width/2), "height", strconv.Itoa(size.Height/2)))
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
