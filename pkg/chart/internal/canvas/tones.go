package canvas

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"regexp"
	"strconv"
)

var DarkPalette = []color.NRGBA{
	{0x58, 0xB4, 0xEE, 0xFF},
	{0xF0, 0x88, 0x3E, 0xFF},
	{0x2F, 0xC7, 0x9A, 0xFF},
	{0xE5, 0x9A, 0xC6, 0xFF},
	{0xA4, 0xA4, 0xA4, 0xFF},
	{0xD9, 0xB2, 0x3D, 0xFF},
}

// darkGreys maps the greys of a light picture to those of the dark one, darkest first; greys
// between two entries are interpolated. White becomes darkPaper.
var darkGreys = []struct {
	light uint8
	dark  color.NRGBA
}{
	{0x00, color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF}},
	{Ink.R, color.NRGBA{0xE6, 0xE6, 0xE6, 0xFF}},
	{Muted.R, color.NRGBA{0xB5, 0xB5, 0xB5, 0xFF}},
	{Palette[4].R, DarkPalette[4]},
	{Rule.R, color.NRGBA{0x6A, 0x6A, 0x6A, 0xFF}},
	{Faint.R, color.NRGBA{0x36, 0x36, 0x36, 0xFF}},
	{Paper.R, DarkPaper},
}

// DarkPaper is the background of a static picture for dark pages.
var DarkPaper = color.NRGBA{0x15, 0x18, 0x1C, 0xFF}

// DarkTable returns the colours of a PNG as colourTable does, for a dark page.
func DarkTable(picture []byte) []byte {
	table := bytes.Clone(ColourTable(picture))
	if table == nil {
		return nil
	}
	body, sum := table[:len(table)-4], table[len(table)-4:]
	for rgb := body[4:]; len(rgb) >= 3; rgb = rgb[3:] {
		c := Dark(color.NRGBA{rgb[0], rgb[1], rgb[2], 0xFF})
		rgb[0], rgb[1], rgb[2] = c.R, c.G, c.B
	}
	binary.BigEndian.PutUint32(sum, crc32.ChecksumIEEE(body))
	return table
}

// ColourTable returns where a PNG's colours are, from the chunk's type to its
// checksum; nil if it has none. A PNG is eight bytes and then chunks: length,
// type, data, checksum; that they fit the caller has seen.
func ColourTable(picture []byte) []byte {
	for rest := picture[8:]; len(rest) >= 12; {
		length := binary.BigEndian.Uint32(rest)
		if chunk := rest[4 : 12+length]; string(chunk[:4]) == "PLTE" {
			return chunk
		}
		rest = rest[12+length:]
	}
	return nil
}

func Darken(picture *image.Paletted) {
	for i, c := range picture.Palette {
		picture.Palette[i] = Dark(color.NRGBAModel.Convert(c).(color.NRGBA))
	}
}

func Encode(picture image.Image) ([]byte, error) {
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&buf, picture); err != nil {
		return nil, fmt.Errorf("chart: encode PNG: %w", err)
	}
	return buf.Bytes(), nil
}

var (
	svgStyle  = regexp.MustCompile(`style="[^"]*"`)
	svgColour = regexp.MustCompile(`#[0-9A-Fa-f]{6}\b`)
)

// DarkSVG changes the colours of styles; between quotes of a tag only, since a
// label may speak of a colour.
func DarkSVG(svg []byte) []byte {
	return svgStyle.ReplaceAllFunc(svg, func(style []byte) []byte {
		return svgColour.ReplaceAllFunc(style, func(hex []byte) []byte {
			n, err := strconv.ParseUint(string(hex[1:]), 16, 32)
			if err != nil { // six hexadecimal digits they are
				return hex
			}
			return []byte(CSS(Dark(color.NRGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 0xFF})))
		})
	})
}

// Dark returns the dark picture's colour for a colour of the light picture. Every
// colour there is a grey, one of the palette, or a mixture of the two, as at
// the rim of a letter: c = share·palette[i] + (1-share)·grey. The parts are
// found again and each is replaced by its dark counterpart.
func Dark(c color.NRGBA) color.NRGBA {
	at, share, own := 0, 0.0, fromGrey(c)
	least := dot(own, own)
	for i, p := range Palette {
		hue := fromGrey(p)
		if dot(hue, hue) == 0 {
			continue
		}
		s := min(1, max(0, dot(own, hue)/dot(hue, hue)))
		rest := [3]float64{own[0] - s*hue[0], own[1] - s*hue[1], own[2] - s*hue[2]}
		if d := dot(rest, rest); d < least {
			at, share, least = i, s, d
		}
	}
	grey := float64(Paper.R)
	if share < 1 {
		grey = (mean(c) - share*mean(Palette[at])) / (1 - share)
	}
	return Mix(darkGrey(grey), DarkPalette[at], share)
}

func darkGrey(light float64) color.NRGBA {
	light = min(float64(Paper.R), max(0, light))
	for i := 1; ; i++ {
		a, b := darkGreys[i-1], darkGreys[i]
		if light <= float64(b.light) {
			return Mix(a.dark, b.dark, (light-float64(a.light))/float64(b.light-a.light))
		}
	}
}

func mean(c color.NRGBA) float64 { return (float64(c.R) + float64(c.G) + float64(c.B)) / 3 }

// fromGrey returns how far a colour is from the grey of its mean.
func fromGrey(c color.NRGBA) [3]float64 {
	m := mean(c)
	return [3]float64{float64(c.R) - m, float64(c.G) - m, float64(c.B) - m}
}

func dot(a, b [3]float64) float64 { return a[0]*b[0] + a[1]*b[1] + a[2]*b[2] }

// Mix returns the colour that lies share of the way from a to b.
func Mix(a, b color.NRGBA, share float64) color.NRGBA {
	part := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*share + 0.5) }
	return color.NRGBA{part(a.R, b.R), part(a.G, b.G), part(a.B, b.B), 0xFF}
}
