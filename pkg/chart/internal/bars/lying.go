package bars

import (
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// lying tells whether the bars lie: where upright ones would have no room for
// their names and values. Up to four groups have room for cut names.
func (b *Figure) lying() bool {
	beside := b.place() // room of a value: up to the next bar's
	if len(b.Series) == 1 {
		beside *= 3
	}
	value, name := canvas.TextStyle(canvas.TextPt, true, canvas.Ink), canvas.TextStyle(intervalPt, false, canvas.Muted)
	for _, s := range b.Series {
		if b.named() && len(b.Groups) > 2 && name.Width(s.Name).Points() > b.place() {
			return true
		}
		for _, v := range s.Values {
			if value.Width(b.value(v)).Points() > beside {
				return true
			}
		}
	}
	head := canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	for _, group := range b.Groups {
		if len(b.Groups) > 4 && head.Width(group) > b.headRoom() {
			return true
		}
	}
	return false
}

// barRows is where lying bars are, in pixels from the drawing's upper left
// corner: both pictures use the same.
type barRows struct {
	left, right int     // ends of the plot area
	top         int     // its upper edge
	pitch       int     // from one bar of a group to the next
	unit        float64 // height of a slot on ECharts' axis of bars
	groups, n   int     // bars of a group
	size        vg.Length
}

const (
	groupNameRoom = 230 // widest name of a group, in pixels
	fewBars       = 44  // most bars with text of the normal size
	keyHead       = 26  // the line above lying bars that names the series
	lyingFoot     = 44  // ticks and the axis' name
	// A bar takes slotsABar slots of ECharts' axis and lies in the middle one;
	// half a bar is free above and below each group.
	slotsABar = 4
)

func (b *Figure) rows() barRows {
	r := barRows{top: 8, groups: len(b.Groups), n: len(b.Series), pitch: 16, size: canvas.TextPt}
	if b.named() {
		r.top = keyHead
	}
	if r.groups*r.n > fewBars {
		r.pitch, r.size = 12, intervalPt
	}
	r.unit = float64(r.pitch) / slotsABar
	names := 0.0
	for _, name := range b.rowNames() {
		names = max(names, canvas.TextStyle(r.size, true, canvas.Ink).Width(name).Points())
	}
	values := 0.0
	for _, s := range b.Series {
		for g := range b.Groups {
			w := canvas.TextStyle(r.size, true, canvas.Ink).Width(b.value(s.Values[g])).Points()
			if in := b.interval(s, g); in != "" {
				w += valueGap + canvas.TextStyle(r.size-1, false, canvas.Muted).Width(in).Points()
			}
			values = max(values, w)
		}
	}
	r.left = canvas.Margin + int(math.Ceil(names)) + 10
	r.right = canvas.Width - canvas.Margin - int(math.Ceil(values)) - 10
	return r
}

const valueGap = 6 // between a value and its interval

// rowNames are the names of the groups as they stand left of lying bars.
func (b *Figure) rowNames() []string {
	size := vg.Length(canvas.TextPt)
	if len(b.Groups)*len(b.Series) > fewBars {
		size = intervalPt
	}
	return canvas.ShortenAll(b.Groups, canvas.TextStyle(size, true, canvas.Ink), groupNameRoom)
}

// groupHeight is the distance from one group to the next.
func (r barRows) groupHeight() int { return (r.n + 1) * r.pitch }

func (r barRows) plotHeight() int { return r.groups * r.groupHeight() }

func (r barRows) Height() int { return r.top + r.plotHeight() + lyingFoot }

// middle is the height of a bar's middle below the upper edge of the plot area.
func (r barRows) middle(group, series int) float64 {
	return float64(group*r.groupHeight()) + float64(r.pitch)*(float64(series)+1)
}

// slots is the number of slots of ECharts' axis; slot is that of a bar's middle.
func (r barRows) slots() int { return r.groups*(r.n+1)*slotsABar + 1 }

func (r barRows) slot(group, series int) int {
	return group*(r.n+1)*slotsABar + (series+1)*slotsABar
}

// thick is the height of a bar.
func (r barRows) thick() float64 { return float64(r.pitch) * 0.72 }

// keyEntry is the name of a series in the key: the square's left edge and the text's.
type keyEntry struct {
	square, text float64
	name         string
}

const keySquare = 11 // side of a square of the key

// key places the series' names above lying bars.
func (b *Figure) key() []keyEntry {
	style := canvas.TextStyle(canvas.TextPt, true, canvas.Ink)
	room := vg.Length(canvas.Width-2*canvas.Margin)/vg.Length(len(b.Series)) - keySquare - 30
	var all []string
	for _, s := range b.Series {
		all = append(all, s.Name)
	}
	x := float64(canvas.Margin)
	var out []keyEntry
	for _, name := range canvas.ShortenAll(all, style, room) {
		out = append(out, keyEntry{x, x + keySquare + 6, name})
		x += keySquare + 6 + style.Width(name).Points() + 22
	}
	return out
}

const keyMiddle = 10 // height of the key's middle

// hollow tells whether a series' lying bars are outlines: the first of two, so that
// the two differ without their colours.
func (b *Figure) hollow(series int) bool { return len(b.Series) == 2 && series == 0 }
