package confusion

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// matrixLayout is where the matrices lie, in pixels from the upper left corner
// of the drawing: both pictures use the same.
type matrixLayout struct {
	left         []int // left edge of each matrix's cells
	top          int
	cellW, cellH int
	rows         []string // names of the rows, cut where they are too wide
	columns      []string
	upright      bool      // the names of the columns are turned by a quarter
	size         vg.Length // of the names
	counts       bool      // cells have room for their count; else their colours are stronger
	shares       bool      // and for their share of the row
}

const (
	matrixGap  = 36
	matrixHead = 62 // matrix name, "predicted", class names
	matrixFoot = 16
	// maxClassName is the widest class name left of the rows, in pixels, and the
	// highest above the columns.
	maxClassName    = 130
	maxUprightName  = 110
	manyClassesName = 180  // widest name left of the rows of a large matrix
	smallNamePt     = 10.5 // names beside low cells
	countCell       = 17   // narrowest cell with its count
	normalRow       = 16   // lowest cell beside a name of normal size
)

func (c *Figure) layout() matrixLayout {
	n, k := len(c.Matrices), len(c.Classes)
	l := matrixLayout{size: canvas.TextPt}
	room := maxClassName
	if k > told {
		room = manyClassesName
	}
	style := canvas.TextStyle(l.size, false, canvas.Ink)
	l.rows = canvas.ShortenAll(c.Classes, style, vg.Length(room))
	names := 0
	for _, name := range l.rows {
		names = max(names, int(style.Width(name).Points())+1)
	}
	first := canvas.Margin + 22 + names + 10
	l.cellW = min(132, (canvas.Width-canvas.Margin-first-(n-1)*matrixGap)/(n*k))
	l.cellH = min(78, max(34, l.cellW*7/10))
	l.counts, l.shares = l.cellW >= countCell, k <= told
	if !l.shares {
		l.cellH = min(20, max(13, l.cellW*8/10))
	}
	if l.cellH < normalRow {
		l.size = smallNamePt
		style = canvas.TextStyle(l.size, false, canvas.Ink)
		l.rows = canvas.ShortenAll(c.Classes, style, vg.Length(names))
	}
	l.columns = canvas.ShortenAll(c.Classes, style, vg.Length(l.cellW-6))
	l.top = matrixHead
	for i, name := range l.columns {
		l.upright = l.upright || name != c.Classes[i] && l.cellW < 80
	}
	if l.upright {
		l.columns = canvas.ShortenAll(c.Classes, style, maxUprightName)
		l.top += l.columnHeight() - 14
	}
	for i := range c.Matrices {
		l.left = append(l.left, first+i*(k*l.cellW+matrixGap))
	}
	return l
}

// colour returns the colour of a cell by its share of the row: without words in the
// cells it need not stay light.
func (l matrixLayout) colour(share float64) color.NRGBA {
	if !l.counts {
		return canvas.Tint(share)
	}
	return canvas.Shade(share)
}

// columnHeight is the height of the upright names over the columns.
func (l matrixLayout) columnHeight() int {
	most := 0.0
	for _, name := range l.columns {
		most = max(most, canvas.TextStyle(l.size, false, canvas.Ink).Width(name).Points())
	}
	return int(math.Ceil(most)) + 6
}

// text returns the lines of a cell, empty where it has no room for them. In a large
// matrix zeros are left out, which lets the others be seen.
func (l matrixLayout) text(m Matrix, i, j int) (count, share string) {
	if l.shares {
		return canvas.Number(float64(m.Counts[i][j])), canvas.Percent(m.share(i, j))
	}
	if !l.counts || m.Counts[i][j] == 0 {
		return "", ""
	}
	count = canvas.Number(float64(m.Counts[i][j]))
	if canvas.TextStyle(smallCellPt, true, canvas.Ink).Width(count).Points() > float64(l.cellW-1) {
		return "", ""
	}
	return count, ""
}

const smallCellPt = 9 // text of small cells

// headings are the lines over the matrices.
func (c *Figure) headings(l matrixLayout) []string {
	var all []string
	for _, m := range c.Matrices {
		all = append(all, m.heading())
	}
	room := vg.Length(len(c.Classes)*l.cellW + matrixGap - 8)
	if len(c.Matrices) == 1 {
		room = vg.Length(canvas.Width - canvas.Margin - l.left[0])
	}
	return canvas.ShortenAll(all, canvas.TextStyle(canvas.NamePt, true, canvas.Ink), room)
}
