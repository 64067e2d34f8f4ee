package canvas

import (
	"image/color"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A picture is width pixels wide; one of gonum's points is one of its pixels.
const (
	Width    = 760
	Margin   = 16
	TitlePt  = 15
	TextPt   = 12.5
	SmallPt  = 11.5
	NamePt   = 13 // of a part of the picture
	LineStep = 17
	AxisRoom = 76 // left of an interactive plot: y axis and its name
)

// TextStyle returns sans serif text, its reference point at the baseline left
// unless the caller moves it.
func TextStyle(size vg.Length, bold bool, c color.Color) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: plot.DefaultTextHandler}
}

// Wrap breaks text at spaces into lines no wider than limit; a longer word
// has a line of its own.
func Wrap(text string, style draw.TextStyle, limit vg.Length) []string {
	var lines []string
	for _, word := range strings.Fields(text) {
		if n := len(lines); n > 0 && style.Width(lines[n-1]+" "+word) <= limit {
			lines[n-1] += " " + word
			continue
		}
		lines = append(lines, word)
	}
	return lines
}

// Shorten cuts text with an ellipsis where it is wider than limit.
func Shorten(text string, style draw.TextStyle, limit vg.Length) string {
	if style.Width(text) <= limit {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && style.Width(string(runes)+"…") > limit {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// Middle returns a style whose reference point is at half the text's height.
func Middle(size vg.Length, bold bool, colour color.Color, align draw.XAlignment) draw.TextStyle {
	s := TextStyle(size, bold, colour)
	s.XAlign, s.YAlign = align, draw.YCenter
	return s
}

// Labels are the title, the takeaway and the axes' names of a chart.
type Labels struct{ Title, Takeaway, X, Y string }
