package bars

import (
	"image/color"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// layout is the place of everything in the drawing, in pixels from its upper left corner.
type layout struct {
	grid     [][][2]float64 // light lines
	axis     [][2]float64   // the line at zero
	bars     [][]bar        // of each series
	squares  []bar          // of each series, in the key of lying bars
	whiskers [][][2]float64
	texts    []canvas.Words
	height   int
}

// bar is a rectangle, given by two opposite corners.
type bar struct {
	group          int
	x0, y0, x1, y1 float64
}

func (b *Figure) layout(width int) layout {
	if b.lying(width) {
		return b.lyingLayout(width)
	}
	return b.uprightLayout(width)
}

// Height is the height of the drawing in a layout of the given width.
func (b *Figure) Height(width int) int { return b.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (b *Figure) Captions(width int) []canvas.Words { return b.layout(width).texts }

const (
	plotHeight = 280
	plotHead   = 66 // above upright bars: names of the groups, and the values of bars that reach the top
	plotFoot   = 38 // below upright bars: names of the series
	widestBar  = 64
	mostTicks  = 6
)

// slots is the number of places for upright bars. Each group has half of one free on either
// side.
func (b *Figure) slots() int { return len(b.Groups) * (len(b.Series) + 1) }

// slot is the middle of a bar's place.
func (b *Figure) slot(group int, series float64) float64 {
	return float64(group*(len(b.Series)+1)) + 1 + series
}

func (b *Figure) plot(width int) canvas.Plot {
	p := canvas.Plot{Top: plotHead, Height: plotHeight, NoX: true, YName: b.YName, NameAbove: canvas.IsNarrow(width),
		X: canvas.Scale{Min: 0, Max: float64(b.slots()), Step: 1}, Y: b.scale(mostTicks)}
	if p.NameAbove {
		p.Top += canvas.NameHead
	}
	p.Left = canvas.LeftRoom(p.Y, p.NameAbove)
	p.Width = width - p.Left - canvas.Margin
	return p
}

// slotWidth is the width of a bar's place.
func (b *Figure) slotWidth(width int) float64 {
	return float64(b.plot(width).Width) / float64(b.slots())
}

// lying reports whether the bars lie. They do where the names and the values of upright
// bars have no room.
func (b *Figure) lying(width int) bool {
	place := b.slotWidth(width)
	beside := place // room of a value: up to the next bar's
	if len(b.Series) == 1 {
		beside *= 2
	}
	value, name := canvas.TextStyle(canvas.TextPt, true, canvas.Ink), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted)
	interval := canvas.IsNarrow(width) // a narrow layout shows the intervals of lying bars
	for _, s := range b.Series {
		if b.named() && (len(b.Groups) > 2 || interval) && name.Width(s.Name).Points() > place {
			return true
		}
		for g, v := range s.Values {
			if value.Width(b.value(v)).Points() > beside || interval && name.Width(b.interval(s, g)).Points() > place {
				return true
			}
		}
	}
	head := canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	for _, group := range b.Groups {
		if (len(b.Groups) > 4 || interval) && head.Width(group) > b.headRoom(width) {
			return true
		}
	}
	return false
}

// headRoom is the width of the name over a group of upright bars.
func (b *Figure) headRoom(width int) vg.Length {
	return vg.Length(b.slotWidth(width)*float64(len(b.Series)+1) - 6)
}

// intervalsFit reports whether the ends of the intervals have room over upright bars.
func (b *Figure) intervalsFit(width int) bool {
	style := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted)
	for _, s := range b.Series {
		for g := range b.Groups {
			if style.Width(b.interval(s, g)).Points() > b.slotWidth(width) {
				return false
			}
		}
	}
	return true
}

func (b *Figure) uprightLayout(width int) layout {
	p := b.plot(width)
	var l layout
	l.grid, l.axis = p.Grid()
	if p.Y.Min < 0 {
		_, y := p.Place(0, 0)
		l.axis = [][2]float64{{float64(p.Left), y}, {float64(p.Right()), y}}
	}
	l.height = p.Bottom() + plotFoot
	heads := canvas.Words{Size: canvas.NamePt, Bold: true, Colour: canvas.Ink}
	values := canvas.Words{Size: canvas.TextPt, Bold: true, Colour: canvas.Ink}
	intervals := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	feet := canvas.Words{Size: b.nameSize(width), Colour: canvas.Muted}
	for g, name := range canvas.ShortenAll(b.Groups, canvas.TextStyle(canvas.NamePt, true, canvas.Ink), b.headRoom(width)) {
		x, _ := p.Place(b.slot(g, float64(len(b.Series)-1)/2), 0)
		heads.Lines = append(heads.Lines, canvas.Caption{X: x, Y: float64(p.Top - 46), Text: name, Align: canvas.Centre})
	}
	half := min(b.slotWidth(width)*0.4, widestBar/2)
	fit := b.intervalsFit(width)
	names := b.footNames(width)
	for i, s := range b.Series {
		var bars []bar
		for g := range b.Groups {
			x, zero := p.Place(b.slot(g, float64(i)), 0)
			_, end := p.Place(0, s.Values[g])
			bars = append(bars, bar{g, x - half, zero, x + half, end})
			if len(s.Low) > 0 {
				_, low := p.Place(0, s.Low[g])
				_, high := p.Place(0, s.High[g])
				l.whiskers = append(l.whiskers, [][2]float64{{x, low}, {x, high}}, [][2]float64{{x - 6, low}, {x + 6, low}}, [][2]float64{{x - 6, high}, {x + 6, high}})
			}
			_, above := p.Place(0, s.top(g))
			above -= 10
			if in := b.interval(s, g); in != "" && fit {
				intervals.Lines = append(intervals.Lines, canvas.Caption{X: x, Y: above, Text: in, Align: canvas.Centre})
				above -= 14
			}
			values.Lines = append(values.Lines, canvas.Caption{X: x, Y: above, Text: b.value(s.Values[g]), Align: canvas.Centre})
			if b.named() {
				feet.Lines = append(feet.Lines, canvas.Caption{X: x, Y: float64(p.Bottom() + 15), Text: names[i], Align: canvas.Centre})
			}
		}
		l.bars = append(l.bars, bars)
	}
	l.texts = append(p.Texts(), heads, values, intervals, feet)
	return l
}

// nameSize is the size of the names below the bars: the smallest one if the names have no
// room otherwise.
func (b *Figure) nameSize(width int) vg.Length {
	for _, s := range b.Series {
		if canvas.TextStyle(canvas.TextPt, false, canvas.Muted).Width(s.Name).Points() > b.slotWidth(width)-4 {
			return canvas.SmallPt
		}
	}
	return canvas.TextPt
}

// seriesNames are the names of the series.
func (b *Figure) seriesNames() []string {
	var names []string
	for _, s := range b.Series {
		names = append(names, s.Name)
	}
	return names
}

// footNames are the names of the series below upright bars.
func (b *Figure) footNames(width int) []string {
	return canvas.ShortenAll(b.seriesNames(), canvas.TextStyle(b.nameSize(width), false, canvas.Muted), vg.Length(b.slotWidth(width)))
}

// colours are those of the series.
func (b *Figure) colours() []color.NRGBA {
	colours, _ := canvas.Contrast(len(b.Series))
	return colours
}
