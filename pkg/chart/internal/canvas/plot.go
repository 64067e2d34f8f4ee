package canvas

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Plot is a plot area with its axes, in pixels from the upper left corner of the drawing.
type Plot struct {
	Left, Top, Width, Height int
	X, Y                     Scale
	XName, YName             string
	NameAbove                bool // the y axis is named above the plot, not beside it
	NameLift                 int  // further up, above other words over the plot
	NoX                      bool // the x axis has neither numbers nor a name
}

const (
	nameBeside = 22 // room of the turned name of the y axis
	tickGap    = 8  // between the numbers of the y axis and the plot
	// XFoot is the room below a plot for the numbers and the name of the x axis.
	XFoot = 46
	// NameHead is the room above a plot for the name of the y axis.
	NameHead = 22
)

// LeftRoom is the room left of a plot for the numbers and the name of its y axis.
func LeftRoom(y Scale, nameAbove bool) int {
	style, widest := TextStyle(SmallPt, false, Muted), vg.Length(0)
	for _, v := range y.Ticks() {
		widest = max(widest, style.Width(y.Label(v)))
	}
	room := Margin + int(widest.Points()) + 1 + tickGap
	if nameAbove {
		return room
	}
	return max(AxisRoom, room+nameBeside)
}

// Place returns the pixels of a point.
func (p Plot) Place(x, y float64) (px, py float64) {
	return float64(p.Left) + float64(p.Width)*(x-p.X.Min)/(p.X.Max-p.X.Min),
		float64(p.Top) + float64(p.Height)*(p.Y.Max-y)/(p.Y.Max-p.Y.Min)
}

// Right and Bottom are the edges of the plot area.
func (p Plot) Right() int  { return p.Left + p.Width }
func (p Plot) Bottom() int { return p.Top + p.Height }

// Texts are the numbers and the names of the axes.
func (p Plot) Texts() []Words {
	ticks := Words{Size: SmallPt, Colour: Muted}
	for _, v := range p.Y.Ticks() {
		_, y := p.Place(p.X.Min, v)
		ticks.Lines = append(ticks.Lines, Caption{X: float64(p.Left - tickGap), Y: y, Text: p.Y.Label(v), Align: Right})
	}
	names := Words{Size: TextPt, Colour: Muted}
	style := TextStyle(TextPt, false, Muted)
	if !p.NoX {
		for _, v := range p.X.Ticks() {
			x, _ := p.Place(v, p.Y.Min)
			ticks.Lines = append(ticks.Lines, Caption{X: x, Y: float64(p.Bottom() + 12), Text: p.X.Label(v), Align: Centre})
		}
		names.Lines = append(names.Lines, Caption{
			X: float64(p.Left) + float64(p.Width)/2, Y: float64(p.Bottom() + 33), Align: Centre,
			Text: Shorten(p.XName, style, vg.Length(p.Width+min(p.Left, 60)-Margin)),
		})
	}
	if p.NameAbove {
		names.Lines = append(names.Lines, Caption{X: Margin, Y: float64(p.Top - NameHead + 4 - p.NameLift), Text: Shorten(p.YName, style, vg.Length(p.Right()-Margin))})
	} else {
		names.Lines = append(names.Lines, Caption{
			X: Margin + 6, Y: float64(p.Top) + float64(p.Height)/2, Align: Centre, Turn: 90,
			Text: Shorten(p.YName, style, vg.Length(p.Height+24)),
		})
	}
	return []Words{ticks, names}
}

// Grid returns the light horizontal lines of the plot, and the line of its x axis.
func (p Plot) Grid() (lines [][][2]float64, axis [][2]float64) {
	for _, v := range p.Y.Ticks() {
		_, y := p.Place(p.X.Min, v)
		lines = append(lines, [][2]float64{{float64(p.Left), y}, {float64(p.Right()), y}})
	}
	return lines, [][2]float64{{float64(p.Left), float64(p.Bottom())}, {float64(p.Right()), float64(p.Bottom())}}
}

// Draw draws the grid and the axes.
func (p Plot) Draw(dc draw.Canvas) {
	lines, axis := p.Grid()
	for _, line := range lines {
		Polyline(dc, draw.LineStyle{Color: Faint, Width: 1}, line)
	}
	Polyline(dc, draw.LineStyle{Color: Rule, Width: 1}, axis)
	Write(dc, p.Texts())
}
