package canvas

import (
	"image/color"
	"sort"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The widths of layouts, in pixels. One of gonum's points is a pixel.
const (
	Wide   = 760
	Medium = 540
	Narrow = 360
	Least  = 290 // a notebook in JupyterLab in a window of 420 pixels, its side bars folded
)

// IsNarrow reports whether a layout of this width has no room beside a plot.
func IsNarrow(width int) bool { return width < 480 }

const (
	Margin    = 16
	TitlePt   = 15
	TitleStep = 20 // from line to line of the title
	TextPt    = 12.5
	SmallPt   = 11.5 // the smallest text
	NamePt    = 13   // of a part of the picture
	LineStep  = 17   // from line to line of the takeaway
	AxisRoom  = 76   // left of a plot: y axis and its name
)

// TextStyle returns sans serif text, its reference point at the baseline left
// unless the caller moves it.
func TextStyle(size vg.Length, bold bool, c color.Color) draw.TextStyle {
	f := font.Font{Typeface: "Liberation", Variant: "Sans", Size: size}
	if bold {
		f.Weight = xfont.WeightBold
	}
	return draw.TextStyle{Color: c, Font: f, Handler: handler}
}

// Wrap breaks text at spaces into lines no wider than limit; a longer word
// has a line of its own. A per cent sign stays on the line of its number.
func Wrap(text string, style draw.TextStyle, limit vg.Length) []string {
	var lines []string
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if i+1 < len(words) && words[i+1] == "%" {
			word += " %"
			i++
		}
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
	fits := func(n int) bool { return style.Width(string(runes[:n])+"…") <= limit }
	// The width of n letters grows with n, but for kerning: a few more letters may fit again.
	// It is measured for lengths around the result alone, which takes no time with long texts.
	const kerned = 4
	least, most := 1, 2
	for most < len(runes) && fits(most) {
		least, most = most, 2*most
	}
	most = min(most, len(runes))
	kept := least + sort.Search(most-least, func(i int) bool { return !fits(least + 1 + i) })
	for n := min(kept+kerned, len(runes)); n > kept; n-- {
		if fits(n) {
			kept = n
		}
	}
	return string(runes[:kept]) + "…"
}

// Middle returns a style whose reference point is at half the text's height.
func Middle(size vg.Length, bold bool, colour color.Color, align draw.XAlignment) draw.TextStyle {
	s := TextStyle(size, bold, colour)
	s.XAlign, s.YAlign = align, draw.YCenter
	return s
}

// Labels are the title, the takeaway and the axes' names of a chart.
type Labels struct{ Title, Takeaway, X, Y string }
