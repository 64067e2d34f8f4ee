package canvas

import (
	"math"
	"strings"
	"unicode"

	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/width"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// anyScript is gonum's handler of plain text, for all scripts. The font of bitmaps has Latin, Greek,
// Cyrillic and Hebrew letters. A vector has the text itself, which a browser draws with the fonts of the
// reader's machine; the room of letters that the font of bitmaps lacks is estimated.
type anyScript struct{ text.Handler }

// handler is that of all texts.
var handler = anyScript{plot.DefaultTextHandler}

// missing takes the place of a letter that the font lacks: otherwise a name of such letters would look
// like none.
const missing = "□"

// Box is the size of the text in a vector.
func (h anyScript) Box(txt string, f font.Font) (w, height, depth vg.Length) {
	known, rest := split(h.face(f), txt)
	w, height, depth = h.Handler.Box(known, f)
	for _, r := range rest {
		w += vg.Length(letterRoom(r)) * f.Size
	}
	return w, height, depth
}

// Draw draws the text itself into a vector. A bitmap has the letters in the order in which they are seen,
// with a square for each one that the font lacks.
func (h anyScript) Draw(c vg.Canvas, txt string, sty text.Style, pt vg.Point) {
	face := h.face(sty.Font)
	if !isVector(c) {
		h.Handler.Draw(c, visual(squares(face, txt)), sty, pt)
		return
	}
	if lacks(face, txt) { // gonum aligns by the width of its own font
		w, _, _ := h.Box(txt, sty.Font)
		sin, cos := math.Sincos(sty.Rotation)
		pt.X += vg.Length(sty.XAlign) * w * vg.Length(cos)
		pt.Y += vg.Length(sty.XAlign) * w * vg.Length(sin)
		sty.XAlign = text.XLeft
	}
	h.Handler.Draw(c, txt, sty, pt)
}

func isVector(c vg.Canvas) bool {
	for {
		switch part := c.(type) { // part of a picture, or of a part
		case *draw.Canvas:
			c = part.Canvas
		case draw.Canvas:
			c = part.Canvas
		default:
			_, vector := c.(*vgsvg.Canvas)
			return vector
		}
	}
}

func (h anyScript) face(f font.Font) *opentype.Font { return h.Cache().Lookup(f, f.Size).Face }

// Lacks reports whether bitmaps lack a letter of the text. Then a vector shows more.
func Lacks(txt string) bool { return lacks(handler.face(TextStyle(TextPt, false, Ink).Font), txt) }

func lacks(face *opentype.Font, txt string) bool {
	_, rest := split(face, txt)
	return len(rest) > 0
}

// split returns the letters of the text that the font has, and the others.
func split(face *opentype.Font, txt string) (known string, rest []rune) {
	const plain = 0x250 // the font has all letters below, the Latin ones
	if strings.IndexFunc(txt, func(r rune) bool { return r >= plain }) < 0 {
		return txt, nil
	}
	var buf sfnt.Buffer
	var out strings.Builder
	for _, r := range txt {
		if r >= plain {
			if glyph, err := face.GlyphIndex(&buf, r); err != nil || glyph == 0 {
				rest = append(rest, r)
				continue
			}
		}
		out.WriteRune(r)
	}
	return out.String(), rest
}

const zeroWidthJoiner = "\u200d" // of emoji; the font has it

// letterRoom is the estimated width of a letter that the font lacks, as a share of the text's size.
func letterRoom(r rune) float64 {
	switch kind := width.LookupRune(r).Kind(); {
	case joins(r):
		return 0
	case kind == width.EastAsianWide || kind == width.EastAsianFullwidth:
		return 1
	}
	return 0.6
}

// joins reports whether a character has no room of its own: a mark on a letter, a joiner of emoji.
func joins(r rune) bool { return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) }

// squares returns the text with a square for each letter that the font lacks.
func squares(face *opentype.Font, txt string) string {
	_, rest := split(face, txt)
	if len(rest) == 0 {
		return txt
	}
	txt = strings.ReplaceAll(txt, zeroWidthJoiner, "")
	for _, r := range rest {
		square := missing
		if joins(r) {
			square = ""
		}
		txt = strings.ReplaceAll(txt, string(r), square)
	}
	return txt
}

func rightToLeft(r rune) bool {
	p, _ := bidi.LookupString(string(r))
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

// leftToRight reports whether a letter or digit ends a run from right to left.
func leftToRight(r rune) bool {
	p, _ := bidi.LookupString(string(r))
	return p.Class() == bidi.L || p.Class() == bidi.EN || p.Class() == bidi.AN
}

// visual returns the letters of a line in the order in which they are seen, from left to right.
func visual(line string) string {
	if strings.IndexFunc(line, rightToLeft) < 0 {
		return line
	}
	// A run from right to left ends with its last letter from right to left: what follows, such as a
	// space or brackets, is as on the line.
	var out strings.Builder
	letters := []rune(line)
	for from := 0; from < len(letters); {
		if !rightToLeft(letters[from]) {
			out.WriteRune(letters[from])
			from++
			continue
		}
		end := from + 1
		for i := end; i < len(letters) && !leftToRight(letters[i]); i++ {
			if rightToLeft(letters[i]) {
				end = i + 1
			}
		}
		out.WriteString(bidi.ReverseString(string(letters[from:end])))
		from = end
	}
	return out.String()
}
