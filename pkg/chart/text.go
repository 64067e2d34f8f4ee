package chart

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
	width    = 760
	margin   = 16
	titlePt  = 15
	textPt   = 12.5
	smallPt  = 11.5
	namePt   = 13 // of a part of the picture
	lineStep = 17
	axisRoom = 76 // left of an interactive plot: y axis and its name
)

// textStyle returns sans serif text, its reference point at the baseline left
// unless the caller moves it.
func textStyle(size vg.Length, bold bool, c color.Color) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: plot.DefaultTextHandler}
}

// wrap breaks text at spaces into lines no wider than limit; a longer word
// has a line of its own.
func wrap(text string, style draw.TextStyle, limit vg.Length) []string {
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

// shorten cuts text with an ellipsis where it is wider than limit.
func shorten(text string, style draw.TextStyle, limit vg.Length) string {
	if style.Width(text) <= limit {
		return text
	}
	runes := []rune(text)
	for len(runes) > 1 && style.Width(string(runes)+"…") > limit {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}

// middle returns a style whose reference point is at half the text's height.
func middle(size vg.Length, bold bool, colour color.Color, align draw.XAlignment) draw.TextStyle {
	s := textStyle(size, bold, colour)
	s.XAlign, s.YAlign = align, draw.YCenter
	return s
}
