package heatmap

import (
	"fmt"
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

// Figure is the figure behind [chart.HeatMap].
type Figure struct {
	trials.Search
	X, Y int // parameters of the columns and the rows; Y is -1 if there is one row
}

// Kind is the name in identifiers and errors.
func (f *Figure) Kind() string { return "heatmap" }

// layout is the place of everything in the drawing.
type layout struct {
	columns, rows side
	cells         []cell
	left, top     int // of the cells
	cellW, cellH  int
	digits        int  // of the values
	numbers       bool // cells have room for their values; else their colours are stronger
	frames        []frame
	key           canvas.Key
	texts         []canvas.Words
	height        int
}

// frame is the outline of a cell.
type frame struct {
	class trials.Class
	cell  cell
}

const (
	widestCell   = 120
	rowName      = 120  // the widest name of a row, in pixels
	nameShare    = 0.28 // of the width, at most, for the names of the rows
	columnName   = 100  // the highest upright name of a column
	cellRim      = 5    // beside the text of a cell
	mostDigits   = 4    // of a value, as in keys and tooltips
	fewestDigits = 3    // where cells have no room for more
	tallCell     = 42   // with two lines of text
	lowCell      = 22   // without text
	rowHead      = 20   // above the cells: the name of the rows
	nameStep     = 15   // between the upright names of columns, and from line to line of others, at least
	cutCell      = 70   // from here on, names of categories are cut rather than upright
	keyApart     = 8
	noteStep     = 16
)

func (f *Figure) layout(width int) layout {
	l := layout{columns: f.side(f.X), rows: f.side(f.Y)}
	l.cells = f.cells(l.columns, l.rows)
	small := canvas.TextStyle(canvas.SmallPt, false, canvas.Ink)
	rows := canvas.ShortenAll(l.rows.Names, small, min(rowName, vg.Length(width)*nameShare))
	widest := 0.0
	for _, name := range rows {
		widest = max(widest, small.Width(name).Points())
	}
	l.left = canvas.Margin
	if f.Y >= 0 {
		l.left += int(math.Ceil(widest)) + 10
	}
	l.cellW = min(widestCell, (width-canvas.Margin-l.left)/len(l.columns.Names))
	about := 0.0
	for _, c := range l.cells {
		about = max(about, small.Width(f.about(c)).Points())
	}
	for l.digits = mostDigits; l.digits >= fewestDigits; l.digits-- {
		number := 0.0
		for _, c := range l.cells {
			number = max(number, canvas.TextStyle(canvas.SmallPt, true, canvas.Ink).Width(f.number(c, l.digits)).Points())
		}
		if l.numbers = number+cellRim <= float64(l.cellW); l.numbers {
			break
		}
	}
	abouts := l.numbers && about+cellRim <= float64(l.cellW)
	l.cellH = lowCell
	if abouts {
		l.cellH = tallCell
	}
	l.addFrames(f, width)
	l.top = l.key.Height + keyApart
	if f.Y >= 0 {
		l.top += rowHead
	}
	l.addTexts(f, rows, width, abouts)
	return l
}

// outline returns the trial for which a cell is outlined, the best one or the default; -1 for none.
func (f *Figure) outline(c cell, looks []trials.Class) int {
	for _, name := range []string{trials.BestName, trials.DefaultName} {
		for _, i := range c.trials {
			if looks[i].Name == name {
				return i
			}
		}
	}
	return -1
}

// addFrames outlines cells and places the key of the outlines.
func (l *layout) addFrames(f *Figure, width int) {
	looks := f.Looks()
	outlined := make([]bool, len(f.Trials))
	for _, c := range l.cells {
		i := f.outline(c, looks)
		if i < 0 {
			continue
		}
		outlined[i] = true
		l.frames = append(l.frames, frame{looks[i], c})
	}
	l.key = canvas.PlaceKey(f.Entries(looks, func(i int) bool { return outlined[i] }), canvas.Margin, 0, width-2*canvas.Margin)
}

// line is the outline of a cell in the drawing.
func (l layout) line(c cell) [][2]float64 {
	x, y := float64(l.left+c.column*l.cellW)+2, float64(l.top+c.row*l.cellH)+2
	right, bottom := x+float64(l.cellW)-4, y+float64(l.cellH)-4
	return [][2]float64{{x, y}, {right, y}, {right, bottom}, {x, bottom}, {x, y}}
}

// addTexts places the names of rows and columns, the texts of the cells and the note.
func (l *layout) addTexts(f *Figure, rows []string, width int, abouts bool) {
	small := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Ink}
	names := canvas.Words{Size: canvas.TextPt, Colour: canvas.Muted}
	values := canvas.Words{Size: canvas.SmallPt, Bold: true, Colour: canvas.Ink}
	states := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Ink}
	name := canvas.TextStyle(canvas.TextPt, false, canvas.Muted)
	room := vg.Length(width - 2*canvas.Margin)
	if f.Y >= 0 {
		names.Lines = append(names.Lines, canvas.Caption{X: canvas.Margin, Y: float64(l.top - rowHead/2 - 1), Text: canvas.Shorten(l.rows.Name, name, room)})
		for i, row := range rows {
			small.Lines = append(small.Lines, canvas.Caption{X: float64(l.left - 8), Y: float64(l.top+i*l.cellH) + float64(l.cellH)/2, Text: row, Align: canvas.Right})
		}
	}
	for _, c := range l.cells {
		x, y := float64(l.left+c.column*l.cellW)+float64(l.cellW)/2, float64(l.top+c.row*l.cellH)+float64(l.cellH)/2
		number, about := f.number(c, l.digits), ""
		if !l.numbers {
			continue
		}
		if abouts {
			about = f.about(c)
		}
		if number != "" && about != "" {
			states.Lines = append(states.Lines, canvas.Caption{X: x, Y: y + 8, Text: about, Align: canvas.Centre})
			y -= 8
		} else if about != "" {
			states.Lines = append(states.Lines, canvas.Caption{X: x, Y: y, Text: about, Align: canvas.Centre})
		}
		if number != "" {
			values.Lines = append(values.Lines, canvas.Caption{X: x, Y: y, Text: number, Align: canvas.Centre})
		}
	}
	bottom := l.top + l.cellH*len(l.rows.Names)
	captions, below := l.columnNames(bottom)
	small.Lines = append(small.Lines, captions...)
	y := float64(bottom + below + 8)
	names.Lines = append(names.Lines, canvas.Caption{X: float64(l.left), Y: y, Text: canvas.Shorten(l.columns.Name, name, vg.Length(width-canvas.Margin-l.left))})
	y += 22
	note := canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted}
	for _, line := range canvas.Wrap(f.note(), canvas.TextStyle(canvas.SmallPt, false, canvas.Muted), room) {
		note.Lines = append(note.Lines, canvas.Caption{X: canvas.Margin, Y: y, Text: line})
		y += noteStep
	}
	l.texts = []canvas.Words{small, names, values, states, note}
	l.height = int(y)
}

// columnNames places the names of the columns below the cells, and returns their height: in one line,
// ranges in two, or upright if they have no room otherwise.
func (l *layout) columnNames(bottom int) (captions []canvas.Caption, height int) {
	style := canvas.TextStyle(canvas.SmallPt, false, canvas.Ink)
	room := vg.Length(l.cellW - 6)
	lines, whole := 1, true
	for _, name := range l.columns.Names {
		if style.Width(name) > room {
			lines = 2
		}
	}
	columns := l.columns.Names
	if lines == 2 {
		for _, name := range columns {
			from, end, ranges := strings.Cut(name, to)
			whole = whole && ranges && style.Width(from) <= room && style.Width(strings.TrimSpace(to)+" "+end) <= room
		}
	}
	x := func(j int) float64 { return float64(l.left+j*l.cellW) + float64(l.cellW)/2 }
	if !whole && l.columns.cut && l.cellW >= cutCell {
		columns, whole, lines = canvas.ShortenAll(columns, style, room), true, 1
	}
	if whole {
		for j, name := range columns {
			from, end, _ := strings.Cut(name, to)
			if lines == 1 {
				captions = append(captions, canvas.Caption{X: x(j), Y: float64(bottom + 12), Text: name, Align: canvas.Centre})
				continue
			}
			captions = append(captions, canvas.Caption{X: x(j), Y: float64(bottom + 12), Text: from, Align: canvas.Centre},
				canvas.Caption{X: x(j), Y: float64(bottom + 12 + nameStep), Text: strings.TrimSpace(to) + " " + end, Align: canvas.Centre})
		}
		return captions, 24 + (lines-1)*nameStep
	}
	columns = canvas.ShortenAll(columns, style, columnName)
	most := 0.0
	for j := 0; j < len(columns); j += (nameStep + l.cellW - 1) / max(1, l.cellW) {
		most = max(most, style.Width(columns[j]).Points())
		captions = append(captions, canvas.Caption{X: x(j), Y: float64(bottom + 6), Text: columns[j], Align: canvas.Right, Turn: 90})
	}
	return captions, int(math.Ceil(most)) + 16
}

// note says what the numbers and the shades are.
func (f *Figure) note() string {
	name, _, _ := strings.Cut(f.Objective, ", ") // without its unit
	text := fmt.Sprintf("Cells: %s of the best trial; the stronger the blue, the better. Grey: not trained to the end.", name)
	if len(f.Parameters) > 2 || f.Y < 0 && len(f.Parameters) > 1 {
		text += " Trials of a cell differ in the other parameters."
	}
	return text
}

// colour returns the colour of a cell.
func (l layout) colour(c cell) color.NRGBA {
	if !c.valued {
		return canvas.Faint
	}
	return l.shade(c.share)
}

func (l layout) shade(share float64) color.NRGBA {
	if l.numbers {
		return canvas.Shade(share)
	}
	return canvas.Tint(share)
}

// Height is the height of the drawing in a layout of the given width.
func (f *Figure) Height(width int) int { return f.layout(width).height }

// Captions are all words of the drawing in a layout of the given width.
func (f *Figure) Captions(width int) []canvas.Words {
	l := f.layout(width)
	return append(l.texts, l.key.Texts...)
}
