package chart

import (
	"fmt"
	"image/color"
)

// The palette is Okabe and Ito's (Color Universal Design, 2008), darkest hues
// first: they stay apart for the common kinds of colour blindness, and each
// keeps a contrast of about 3:1 or more on white and on JupyterLab's dark grey.
var palette = []color.NRGBA{
	{0x0A, 0x7A, 0xBF, 0xFF}, // blue, lightened a little to be read on dark
	{0xD5, 0x5E, 0x00, 0xFF}, // vermillion
	{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	{0x7A, 0x7A, 0x7A, 0xFF}, // grey
	{0xB8, 0x86, 0x0B, 0xFF}, // Okabe and Ito's yellow, darkened to be read on white
}

var (
	ink   = color.NRGBA{0x22, 0x22, 0x22, 0xFF} // titles, numbers
	muted = color.NRGBA{0x5A, 0x5A, 0x5A, 0xFF} // takeaway, axis text
	rule  = color.NRGBA{0xB0, 0xB0, 0xB0, 0xFF} // axis line
	faint = color.NRGBA{0xE6, 0xE6, 0xE6, 0xFF} // grid
	paper = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
)

// contrast returns colours for n things compared side by side: two are before
// and after, so the first steps back into grey.
func contrast(n int) []color.NRGBA {
	if n == 2 {
		return []color.NRGBA{palette[4], palette[0]}
	}
	return palette[:n]
}

// shade maps a share of 0..1 to white..blue, for the cells of a matrix.
func shade(share float64) color.NRGBA {
	low, high := color.NRGBA{0xF4, 0xF8, 0xFB, 0xFF}, palette[0]
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*share + 0.5) }
	return color.NRGBA{mix(low.R, high.R), mix(low.G, high.G), mix(low.B, high.B), 0xFF}
}

func css(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
