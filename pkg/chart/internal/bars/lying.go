package bars

import (
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

const (
	groupNameRoom = 230 // widest name of a group left of its bars, in pixels
	keySquare     = 11  // side of a square of the key
	keyMiddle     = 10  // height of the middle of the key's first line
	keyStep       = 20  // from line to line of the key
	barStep       = 16  // from bar to bar of a group
	lyingFoot     = 44  // below the bars: numbers and name of the axis
	valueGap      = 6   // between a value and its interval
	nameLine      = 18  // a group's name above its bars
	thickness     = 0.72
)

// lyingLayout places the groups below one another. The names of the groups are left of
// the bars, or above them in a narrow layout.
func (b *Figure) lyingLayout(width int) layout {
	var l layout
	narrow := canvas.IsNarrow(width)
	top := 8
	if b.named() {
		top = b.placeKey(&l, width)
	}
	groupStep := barStep * (len(b.Series) + 1)
	bold, muted := canvas.TextStyle(canvas.TextPt, true, canvas.Ink), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted)
	left, nameRoom := canvas.Margin, vg.Length(width-2*canvas.Margin)
	if narrow {
		groupStep += nameLine - barStep/2
	} else {
		nameRoom = min(groupNameRoom, vg.Length(width)*0.36)
	}
	names := canvas.ShortenAll(b.Groups, bold, nameRoom)
	if !narrow {
		widest := 0.0
		for _, name := range names {
			widest = max(widest, bold.Width(name).Points())
		}
		left += int(math.Ceil(widest)) + 10
	}
	// A value stands right of its bar; the longest bar ends where its value has room.
	values := 0.0
	for _, s := range b.Series {
		for g := range b.Groups {
			w := bold.Width(b.value(s.Values[g])).Points()
			if in := b.interval(s, g); in != "" {
				w += valueGap + muted.Width(in).Points()
			}
			values = max(values, w)
		}
	}
	right := width - canvas.Margin - int(math.Ceil(values)) - 10
	scale := b.scale(mostTicks)
	for most := mostTicks - 1; most > 1 && !ticksFit(scale, right-left); most-- {
		scale = b.scale(most)
	}
	x := func(v float64) float64 {
		return float64(left) + float64(right-left)*(v-scale.Min)/(scale.Max-scale.Min)
	}
	bottom := top + len(b.Groups)*groupStep
	ticks := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	for _, v := range scale.Ticks() {
		l.grid = append(l.grid, [][2]float64{{x(v), float64(top)}, {x(v), float64(bottom)}})
		ticks.Lines = append(ticks.Lines, canvas.Caption{X: x(v), Y: float64(bottom + 12), Text: scale.Label(v), Align: canvas.Centre})
	}
	l.axis = [][2]float64{{x(0), float64(top)}, {x(0), float64(bottom)}}
	axisName := canvas.Words{Size: canvas.TextPt, Colour: canvas.Muted, Lines: []canvas.Caption{{
		X: float64(left+right) / 2, Y: float64(bottom + 31), Align: canvas.Centre,
		Text: canvas.Shorten(b.YName, canvas.TextStyle(canvas.TextPt, false, canvas.Muted), vg.Length(right-left+2*min(left, width-right)-2*canvas.Margin)),
	}}}
	groups := canvas.Words{Size: canvas.TextPt, Bold: true, Colour: canvas.Ink}
	numbers := canvas.Words{Size: canvas.TextPt, Bold: true, Colour: canvas.Ink}
	intervals := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	l.bars = make([][]bar, len(b.Series))
	for g, name := range names {
		first := float64(top+g*groupStep) + barStep // the middle of the group's first bar
		if narrow {
			groups.Lines = append(groups.Lines, canvas.Caption{X: float64(left), Y: float64(top+g*groupStep) + 9, Text: name})
			first += nameLine - barStep/2
		} else {
			groups.Lines = append(groups.Lines, canvas.Caption{X: float64(left - 8), Y: first + barStep*float64(len(b.Series)-1)/2, Text: name, Align: canvas.Right})
		}
		for i, s := range b.Series {
			y, half := first+float64(barStep*i), barStep*thickness/2
			l.bars[i] = append(l.bars[i], bar{g, x(0), y - half, x(s.Values[g]), y + half})
			if len(s.Low) > 0 {
				low, high := x(s.Low[g]), x(s.High[g])
				l.whiskers = append(l.whiskers, [][2]float64{{low, y}, {high, y}}, [][2]float64{{low, y - half + 1}, {low, y + half - 1}}, [][2]float64{{high, y - half + 1}, {high, y + half - 1}})
			}
			text, at := b.value(s.Values[g]), x(s.top(g))+7
			numbers.Lines = append(numbers.Lines, canvas.Caption{X: at, Y: y, Text: text})
			if in := b.interval(s, g); in != "" {
				intervals.Lines = append(intervals.Lines, canvas.Caption{X: at + bold.Width(text).Points() + valueGap, Y: y, Text: in})
			}
		}
	}
	l.texts = append(l.texts, ticks, axisName, groups, numbers, intervals)
	l.height = bottom + lyingFoot
	return l
}

// ticksFit reports whether the numbers of a scale have room below an axis.
func ticksFit(s canvas.Scale, width int) bool {
	style, ticks := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), s.Ticks()
	for _, v := range ticks {
		if (style.Width(s.Label(v)).Points()+8)*float64(len(ticks)-1) > float64(width) {
			return false
		}
	}
	return true
}

// placeKey places the series' names above lying bars, and returns where the bars start.
func (b *Figure) placeKey(l *layout, width int) (top int) {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	x, y := float64(canvas.Margin), float64(keyMiddle)
	for i, name := range canvas.ShortenAll(b.seriesNames(), style, vg.Length(width-2*canvas.Margin-keySquare-6)) {
		wide := keySquare + 6 + style.Width(name).Points()
		if x > canvas.Margin && x+wide > float64(width-canvas.Margin) {
			x, y = canvas.Margin, y+keyStep
		}
		l.squares = append(l.squares, bar{x0: x, y0: y - keySquare/2.0, x1: x + keySquare, y1: y + keySquare/2.0})
		l.texts = append(l.texts, canvas.Words{Size: canvas.TextPt, Bold: true, Colour: b.colours()[i], Lines: []canvas.Caption{{X: x + keySquare + 6, Y: y, Text: name}}})
		x += wide + 22
	}
	return int(y) + 16
}

// hollow reports whether a series' lying bars are outlines. The first of two series is, so
// that the two differ without their colours.
func (b *Figure) hollow(series int) bool { return len(b.Series) == 2 && series == 0 }
