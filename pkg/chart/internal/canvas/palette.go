package canvas

import (
	"fmt"
	"image/color"
	"math"
)

// The palette is Okabe and Ito's (Color Universal Design, 2008), darkest hues
// first: they stay apart for the common kinds of colour blindness. Each is
// darkened until words in it have a contrast of 4.5:1 on white, WCAG's AA;
// darkPalette are the same hues for a dark page, under the same numbers.
var Palette = []color.NRGBA{
	{0x0A, 0x70, 0xB0, 0xFF}, // blue
	{0xBF, 0x52, 0x00, 0xFF}, // vermillion
	{0x00, 0x7F, 0x5C, 0xFF}, // bluish green
	{0xA9, 0x52, 0x8A, 0xFF}, // reddish purple
	{0x6E, 0x6E, 0x6E, 0xFF}, // grey
	{0x87, 0x64, 0x00, 0xFF}, // yellow
}

var (
	Ink   = color.NRGBA{0x22, 0x22, 0x22, 0xFF} // titles, numbers
	Muted = color.NRGBA{0x5A, 0x5A, 0x5A, 0xFF} // takeaway, axis text
	Rule  = color.NRGBA{0xB0, 0xB0, 0xB0, 0xFF} // axis line
	Faint = color.NRGBA{0xE6, 0xE6, 0xE6, 0xFF} // grid
	Paper = color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}
)

// Contrast returns the colours and marks of n series that are compared: grey and dashed for
// the first, before training, blue and solid for the second, after training, then the
// others of the palette. A lone series is blue.
func Contrast(n int) ([]color.NRGBA, []Mark) {
	if n == 1 {
		return Palette[:1], Marks[:1]
	}
	colours := []color.NRGBA{Palette[4], Palette[0], Palette[1], Palette[2], Palette[3], Palette[5]}
	marks := []Mark{Marks[1], Marks[0], Marks[2], Marks[3], Marks[4], Marks[5]}
	return colours[:n], marks[:n]
}

// Shade maps a share of 0..1 to white..blue, for the cells of a confusion matrix.
// It stays light enough for words in ink, and its dark counterpart dark enough.
func Shade(share float64) color.NRGBA { return Tint(0.5 * share) }

// Tint maps a share of 0..1 to white..blue, for cells without words.
func Tint(share float64) color.NRGBA {
	return Mix(color.NRGBA{0xF4, 0xF8, 0xFB, 0xFF}, Palette[0], share)
}

// tintSteps is the number of colours of [TintStep], without the palest.
const tintSteps = 16

// TintStep returns the nearest of [Tints] to Tint of a share of 0..1.
func TintStep(share float64) color.NRGBA {
	return Tint(math.Round(share*tintSteps) / tintSteps)
}

// Tints returns the colours of [TintStep], which are few, so that a page can name the counterpart of
// each on a dark page.
func Tints() (out []color.NRGBA) {
	for i := range tintSteps + 1 {
		out = append(out, TintStep(float64(i)/tintSteps))
	}
	return out
}

func CSS(c color.NRGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }
