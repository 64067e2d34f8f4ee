package bars

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// maxBar is the widest bar, in pixels.
const maxBar = 64

// intervalPt is the size of an interval's text.
const intervalPt = 10.5

// place is the width of a bar's place on the x axis, in pixels; the y axis
// takes about as much as in the interactive picture.
func (b *Figure) place() float64 {
	return float64(canvas.Width-canvas.AxisRoom-canvas.Margin) / float64(b.slots())
}

// named tells whether the bars bear their series' names: a lone one's would stand under
// every bar alike.
func (b *Figure) named() bool { return len(b.Series) > 1 }

// nameSize returns the size at which the names below the bars fit, if any does.
func (b *Figure) nameSize() vg.Length {
	for _, s := range b.Series {
		if canvas.TextStyle(canvas.TextPt, false, canvas.Muted).Width(s.Name).Points() > b.place()-4 {
			return intervalPt
		}
	}
	return canvas.TextPt
}

// intervalsFit tells whether the intervals' ends can be written over the bars.
func (b *Figure) intervalsFit() bool {
	style := canvas.TextStyle(intervalPt, false, canvas.Muted)
	for _, s := range b.Series {
		for g := range b.Groups {
			if style.Width(b.interval(s, g)).Points() > b.place() {
				return false
			}
		}
	}
	return true
}

// headRoom is the width of the name over a group.
func (b *Figure) headRoom() vg.Length { return vg.Length(b.place()*float64(len(b.Series)+2) - 6) }

// headNames and footNames are the names of groups and series as upright bars carry them.
func (b *Figure) headNames() []string {
	return canvas.ShortenAll(b.Groups, canvas.TextStyle(canvas.NamePt, true, canvas.Ink), b.headRoom())
}

func (b *Figure) footNames() []string {
	var names []string
	for _, s := range b.Series {
		names = append(names, s.Name)
	}
	return canvas.ShortenAll(names, canvas.TextStyle(b.nameSize(), false, canvas.Muted), vg.Length(b.place()))
}

func (b *Figure) Draw(dc draw.Canvas) {
	if b.lying() {
		b.drawLying(dc)
		return
	}
	p := canvas.Axes(canvas.Scale{Min: 0, Max: float64(b.slots()), Step: 1}, b.yScale(), "", b.YName)
	p.X.Tick.Marker = plot.ConstantTicks(nil)
	p.Add(canvas.PlotFunc(b.drawBars))
	p.Draw(draw.Crop(dc, canvas.Margin, -canvas.Margin, barsFoot-4, -barsHead))
}

func (b *Figure) drawBars(dc draw.Canvas, p *plot.Plot) {
	toX, toY := p.Transforms(&dc)
	place := toX(1) - toX(0)
	half := min(place*0.42, maxBar/2)
	colours := canvas.Contrast(len(b.Series))
	name := canvas.TextStyle(b.nameSize(), false, canvas.Muted)
	name.XAlign = draw.XCenter
	value := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	value.XAlign = draw.XCenter
	small := canvas.TextStyle(intervalPt, false, canvas.Muted)
	small.XAlign = draw.XCenter
	group := canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	group.XAlign = draw.XCenter
	heads, feet := b.headNames(), b.footNames()
	for g := range b.Groups {
		centre := toX(float64(b.slot(g, 0)) + float64(len(b.Series))/2)
		dc.FillText(group, vg.Point{X: centre, Y: dc.Max.Y + 42}, heads[g])
		for i, s := range b.Series {
			x := toX(float64(b.slot(g, i)) + 0.5)
			zero, end := toY(0), toY(s.Values[g])
			dc.FillPolygon(colours[i], []vg.Point{{X: x - half, Y: zero}, {X: x + half, Y: zero}, {X: x + half, Y: end}, {X: x - half, Y: end}})
			if len(s.Low) > 0 {
				lo, hi := toY(s.Low[g]), toY(s.High[g])
				whisker := [][]vg.Point{
					{{X: x, Y: lo}, {X: x, Y: hi}},
					{{X: x - 6, Y: lo}, {X: x + 6, Y: lo}},
					{{X: x - 6, Y: hi}, {X: x + 6, Y: hi}},
				}
				dc.StrokeLines(draw.LineStyle{Color: canvas.Paper, Width: 3.5}, whisker...)
				dc.StrokeLines(draw.LineStyle{Color: canvas.Ink, Width: 1.5}, whisker...)
			}
			above := toY(s.top(g)) + 5
			if in := b.interval(s, g); in != "" && b.intervalsFit() {
				dc.FillText(small, vg.Point{X: x, Y: above}, in)
				above += 13
			}
			dc.FillText(value, vg.Point{X: x, Y: above}, b.value(s.Values[g]))
			if b.named() {
				dc.FillText(name, vg.Point{X: x, Y: dc.Min.Y - 18}, feet[i])
			}
		}
	}
}
