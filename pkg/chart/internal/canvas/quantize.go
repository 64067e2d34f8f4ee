package canvas

import (
	"image"
	"image/color"
	"slices"
)

// FewColours returns the picture with at most 256 colours, so that its PNG is
// a quarter of the size: a notebook keeps it in its text. A chart has few
// colours but for the edges of its letters, so the rarest ones, mapped to
// their nearest neighbour, are not missed.
func FewColours(src *image.RGBA) *image.Paletted {
	b := src.Bounds()
	count := make(map[color.NRGBA]int)
	pixels := make([]color.NRGBA, 0, b.Dx()*b.Dy())
	for i := 0; i+3 < len(src.Pix); i += 4 {
		c := color.NRGBA{src.Pix[i], src.Pix[i+1], src.Pix[i+2], 0xFF}
		count[c]++
		pixels = append(pixels, c)
	}
	colours := make([]color.NRGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	key := func(c color.NRGBA) int { return int(c.R)<<16 | int(c.G)<<8 | int(c.B) }
	slices.SortFunc(colours, func(a, b color.NRGBA) int {
		if d := count[b] - count[a]; d != 0 {
			return d
		}
		return key(a) - key(b) // the same picture has the same bytes in every run
	})
	var pal color.Palette
	for _, c := range colours[:min(256, len(colours))] {
		pal = append(pal, c)
	}
	index := make(map[color.NRGBA]uint8, len(colours))
	for _, c := range colours {
		index[c] = uint8(pal.Index(c))
	}
	out := image.NewPaletted(b, pal)
	for i, c := range pixels {
		out.Pix[i] = index[c]
	}
	return out
}
