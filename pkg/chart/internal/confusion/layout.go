package confusion

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// layout is the place of everything in the drawing, in pixels from its upper left corner.
type layout struct {
	corners      [][2]int // of each matrix, the upper left corner of its cells
	cellW, cellH int
	counts       bool // cells have room for their counts; else their colours are stronger
	shares       bool // and for their shares of the row
	texts        []canvas.Words
	height       int
}

const (
	matrixGap   = 36
	matrixHead  = 62 // above the cells: matrix name, "predicted", class names
	matrixFoot  = 16
	headingStep = 17 // from the first to the second line of a heading
	widestCell  = 132
	// The widest class name left of the rows, in pixels, for few and for many classes, and
	// the highest above the columns.
	rowName      = 130
	manyRowName  = 180
	columnName   = 110
	nameShare    = 0.33 // of the width, at most, for the names of the rows
	lowestCell   = 14   // beside a name
	nameStep     = 14   // between the upright names of columns, at least
	wideCell     = 56   // from here on, counts are larger
	cellRim      = 4    // beside the text of a cell
	sharesHeight = 36   // of a cell with its count and its share
	shown        = "100 %"
)

// layout places the matrices side by side as long as their cells have room for their
// text, and below one another otherwise.
func (c *Figure) layout(width int) layout {
	n, k := len(c.Matrices), len(c.Classes)
	name := canvas.TextStyle(canvas.SmallPt, false, canvas.Ink)
	room := rowName
	if k > fewClasses {
		room = manyRowName
	}
	rows := canvas.ShortenAll(c.Classes, name, min(vg.Length(room), vg.Length(width)*nameShare))
	names := 0
	for _, row := range rows {
		names = max(names, int(name.Width(row).Points())+1)
	}
	first := canvas.Margin + 22 + names + 10
	beside := n
	cell := func() int {
		return min(widestCell, (width-canvas.Margin-first-(beside-1)*matrixGap)/(beside*k))
	}
	for beside > 1 && (cell() < c.cellRoom() || k*cell() < c.rightRoom()) {
		beside--
	}
	l := layout{cellW: cell()}
	l.counts = l.cellW >= c.countRoom()
	l.shares = k <= fewClasses && l.cellW >= c.cellRoom()
	l.cellH = min(78, max(sharesHeight, l.cellW*7/10))
	if !l.shares {
		l.cellH = min(20, max(lowestCell, l.cellW*8/10))
		if k <= fewClasses {
			l.cellH = 24
		}
	}
	columns, upright := canvas.ShortenAll(c.Classes, name, vg.Length(l.cellW-6)), false
	for i := range columns {
		upright = upright || columns[i] != c.Classes[i] && l.cellW < 80
	}
	head := matrixHead
	if upright {
		columns = canvas.ShortenAll(c.Classes, name, columnName)
		most := 0.0
		for _, column := range columns {
			most = max(most, name.Width(column).Points())
		}
		head += int(math.Ceil(most)) - 8
	}
	predictedY := 33                                   // below the headings
	step := (nameStep + l.cellW - 1) / max(1, l.cellW) // of narrow columns, not each one has its name
	small := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Ink}
	headings := canvas.Words{Size: canvas.NamePt, Bold: true, Colour: canvas.Ink}
	axes := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	titles, rights := c.headings(k*l.cellW, matrixGap-8, width-canvas.Margin-first, beside)
	if rights != nil {
		head += headingStep
		predictedY += headingStep
	}
	for i, m := range titles {
		left := first + i%beside*(k*l.cellW+matrixGap)
		above := i / beside * (head + k*l.cellH + matrixFoot)
		top := above + head
		l.corners = append(l.corners, [2]int{left, top})
		headings.Lines = append(headings.Lines, canvas.Caption{X: float64(left), Y: float64(above + 12), Text: m})
		if rights != nil {
			axes.Lines = append(axes.Lines, canvas.Caption{X: float64(left), Y: float64(above + 12 + headingStep), Text: rights[i]})
		}
		predicted := "predicted"
		if step > 1 && canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(predicted+thinned) < vg.Length(k*l.cellW) {
			predicted += thinned
		}
		axes.Lines = append(axes.Lines, canvas.Caption{X: float64(left) + float64(k*l.cellW)/2, Y: float64(top - head + predictedY), Text: predicted, Align: canvas.Centre})
		for j := 0; j < k; j += step {
			at := canvas.Caption{X: float64(left+j*l.cellW) + float64(l.cellW)/2, Y: float64(top - 11), Text: columns[j], Align: canvas.Centre}
			if upright {
				at.Y, at.Align, at.Turn = float64(top-4), canvas.Left, 90
			}
			small.Lines = append(small.Lines, at)
		}
		if i%beside == 0 {
			axes.Lines = append(axes.Lines, canvas.Caption{X: canvas.Margin + 8, Y: float64(top) + float64(k*l.cellH)/2, Text: "true", Align: canvas.Centre, Turn: 90})
			for j, row := range rows {
				small.Lines = append(small.Lines, canvas.Caption{X: float64(left - 10), Y: float64(top+j*l.cellH) + float64(l.cellH)/2, Text: row, Align: canvas.Right})
			}
		}
		l.height = top + k*l.cellH + matrixFoot
	}
	l.texts = append([]canvas.Words{headings, axes, small}, c.cellTexts(l)...)
	return l
}

// thinned is added where not each column has its name.
const thinned = ", in the order of the rows"

// rightRoom is the width of the widest line about right predictions. A number is not cut.
func (c *Figure) rightRoom() int {
	style, widest := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), vg.Length(0)
	for _, m := range c.Matrices {
		widest = max(widest, style.Width(m.right()))
	}
	return int(math.Ceil(widest.Points()))
}

// countRoom is the width of a cell with its count, and cellRoom that of a cell with its
// count and its share of the row.
func (c *Figure) countRoom() int {
	style, widest := canvas.TextStyle(canvas.SmallPt, true, canvas.Ink), vg.Length(0)
	for _, m := range c.Matrices {
		for _, row := range m.Counts {
			for _, n := range row {
				widest = max(widest, style.Width(canvas.Number(float64(n))))
			}
		}
	}
	return int(math.Ceil(widest.Points())) + cellRim
}

func (c *Figure) cellRoom() int {
	if len(c.Classes) > fewClasses {
		return c.countRoom()
	}
	share := canvas.TextStyle(canvas.SmallPt, false, canvas.Ink).Width(shown).Points()
	return max(c.countRoom(), int(math.Ceil(share))+cellRim)
}

// colour returns the colour of a cell by its share of the row. Without words in the cells
// it need not stay light.
func (l layout) colour(share float64) color.NRGBA {
	if !l.counts {
		return canvas.Tint(share)
	}
	return canvas.Shade(share)
}

// cellTexts are the counts and the shares in the cells. A large matrix leaves out zeros.
func (c *Figure) cellTexts(l layout) []canvas.Words {
	counts := canvas.Words{Size: canvas.SmallPt, Bold: true, Colour: canvas.Ink}
	shares := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Ink}
	if l.cellW >= wideCell && l.shares {
		counts.Size = 15
	}
	for n, m := range c.Matrices {
		for i := range c.Classes {
			for j := range c.Classes {
				if !l.counts || len(c.Classes) > fewClasses && m.Counts[i][j] == 0 {
					continue
				}
				x := float64(l.corners[n][0]+j*l.cellW) + float64(l.cellW)/2
				y := float64(l.corners[n][1]+i*l.cellH) + float64(l.cellH)/2
				count := canvas.Caption{X: x, Y: y, Text: canvas.Number(float64(m.Counts[i][j])), Align: canvas.Centre}
				if l.shares {
					count.Y -= max(7, float64(l.cellH)/8)
					shares.Lines = append(shares.Lines, canvas.Caption{X: x, Y: y + max(8, float64(l.cellH)/5), Text: canvas.Percent(m.share(i, j)), Align: canvas.Centre})
				}
				counts.Lines = append(counts.Lines, count)
			}
		}
	}
	return []canvas.Words{counts, shares}
}

// headings are the lines over the matrices: name and right predictions, or the name alone
// with the right predictions in a line of their own, if one line has no room. A heading may
// reach into the gap beside its matrix, except for the last of a line.
func (c *Figure) headings(matrix, gap, lone, beside int) (names, rights []string) {
	style := canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	room := func(i int) vg.Length {
		switch {
		case beside == 1:
			return vg.Length(lone)
		case i%beside == beside-1:
			return vg.Length(matrix)
		}
		return vg.Length(matrix + gap)
	}
	fit := true
	for i, m := range c.Matrices {
		names = append(names, m.heading())
		fit = fit && style.Width(names[i]) <= room(i)
	}
	if fit {
		return names, nil
	}
	names = nil
	for _, m := range c.Matrices {
		names = append(names, m.Name)
		rights = append(rights, m.right())
	}
	var out []string
	for i := range names {
		out = append(out, canvas.ShortenAll(names, style, room(i))[i])
		rights[i] = canvas.Shorten(rights[i], canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), room(i))
	}
	return out, rights
}

// Height is the height of the drawing in a layout of the given width.
func (c *Figure) Height(width int) int { return c.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (c *Figure) Captions(width int) []canvas.Words { return c.layout(width).texts }
