package render

import (
	"fmt"
	"slices"
	"strings"
)

// Format is a file format of rendered notebooks.
type Format string

// The formats, by the ending of their files.
const (
	HTML     Format = "html"
	Markdown Format = "md"
	PDF      Format = "pdf"
)

// ParseFormats reads names of formats; "markdown", nbconvert's name, is Markdown.
func ParseFormats(names []string) ([]Format, error) {
	var formats []Format
	for _, name := range names {
		format := Format(strings.ToLower(strings.TrimSpace(name)))
		switch format {
		case HTML, Markdown, PDF:
		case "markdown":
			format = Markdown
		default:
			return nil, fmt.Errorf("the format %q is unknown: expected html, md or pdf", name)
		}
		if !slices.Contains(formats, format) {
			formats = append(formats, format)
		}
	}
	return formats, nil
}
