package chart

import (
	"bytes"
	"errors"
	"image"
	"image/png"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// ErrNoPicture is what [DarkPNG] answers to a picture that no chart drew.
var ErrNoPicture = errors.New("chart: this is no PNG as Chart.PNG writes it, with at most 256 colours")

// Dark returns the same chart with static pictures, [Chart.PNG] and [Chart.SVG],
// for a dark page. The interactive chart follows its page by itself.
func (c Chart) Dark() Chart {
	c.dark = true
	return c
}

// DarkSVG returns a picture that [Chart.SVG] made of a light chart as its dark one would be.
func DarkSVG(picture []byte) []byte { return canvas.DarkSVG(picture) }

// DarkPNG returns a picture that [Chart.PNG] made of a light chart as its dark
// one would be: only the table of colours changes. Where no chart can have made
// it, the error is [ErrNoPicture].
func DarkPNG(picture []byte) ([]byte, error) {
	if decoded, err := png.Decode(bytes.NewReader(picture)); err != nil {
		return nil, ErrNoPicture
	} else if _, ok := decoded.(*image.Paletted); !ok {
		return nil, ErrNoPicture
	}
	// Not encoding it again keeps the bytes the same whatever the version of Go.
	out := bytes.Clone(picture)
	table := canvas.DarkTable(out)
	if table == nil {
		return nil, ErrNoPicture
	}
	copy(canvas.ColourTable(out), table)
	return out, nil
}
