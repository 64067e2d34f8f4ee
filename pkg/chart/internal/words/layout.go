package words

import (
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

const (
	WordPt     = 14  // size of a text's letters
	WordPad    = 2.5 // left and right of a word, on its background
	WordGap    = 1   // between two backgrounds
	WordHigh   = 21  // height of a background
	wordLine   = 31  // from line to line
	wordsTop   = 26  // between the line about the marks and the first text
	wordsName  = 24  // a text's name, or its last line
	wordsStep  = 17  // from the first line of a name to the second
	wordsGap   = 14  // between texts
	wordsFoot  = 10
	WordStroke = 2   // thickness of the line under a word
	keyRoom    = 210 // pixels, the widest meaning of a mark
	// StrongestMix is how much of its colour the strongest word's background
	// has: words in ink have WCAG's contrast of 4.5 on it, light and dark.
	StrongestMix = 0.45
	WeakestMix   = 0.10
)

// placed is a word in its place: the middle of its background, in pixels from
// the drawing's upper left corner.
type placed struct {
	Text     string // cut where it is wider than a line
	X, Y     float64
	Wide     float64
	Strength float64 // -1 to 1, 0 for a plain word
}

// Flow places the words and the names of all texts in a layout of the given width, and
// returns the height of the drawing.
func (w *Figure) Flow(width int) (texts [][]placed, names []canvas.Caption, height int) {
	style, heading := canvas.TextStyle(WordPt, false, canvas.Ink), canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	left, right := canvas.Margin-WordPad, float64(width-canvas.Margin)+WordPad // letters stand under those of the title
	_, rest := w.key(width)
	y := rest.Lines[0].Y + wordsTop
	headings := make([]string, len(w.Texts))
	for i, t := range w.Texts {
		headings[i] = t.Name
	}
	room := vg.Length(width - 2*canvas.Margin)
	headings = canvas.ShortenAll(headings, heading, room)
	for i, t := range w.Texts {
		if lines := canvas.Wrap(t.Name, heading, room); len(lines) == 2 && heading.Width(lines[0]) <= room && heading.Width(lines[1]) <= room {
			names = append(names, canvas.Caption{X: canvas.Margin, Y: y + wordsName/2 - 4, Text: lines[0]})
			y += wordsStep
			headings[i] = lines[1]
		}
		names = append(names, canvas.Caption{X: canvas.Margin, Y: y + wordsName/2 - 4, Text: headings[i]})
		y += wordsName + wordLine/2
		x := left
		var line []placed
		for _, word := range t.Words {
			text := canvas.Shorten(word.Text, style, vg.Length(right-left-2*WordPad))
			wide := style.Width(text).Points() + 2*WordPad
			if x > left && x+wide > right {
				x, y = left, y+wordLine
			}
			line = append(line, placed{text, x + wide/2, y, wide, w.strength(word.Effect)})
			x += wide + WordGap
		}
		texts = append(texts, line)
		y += wordLine/2 + wordsGap
	}
	return texts, names, int(y) - wordsGap + wordsFoot
}

// Height is the height of the drawing in a layout of the given width.
func (w *Figure) Height(width int) int {
	_, _, height := w.Flow(width)
	return height
}

// Captions are all words of the drawing in a layout of the given width.
func (w *Figure) Captions(width int) []canvas.Words {
	marks, rest := w.key(width)
	texts, names, _ := w.Flow(width)
	out := []canvas.Words{rest, captions(canvas.TextPt, marks), {Size: canvas.NamePt, Bold: true, Colour: canvas.Ink, Lines: names}}
	for _, text := range texts {
		out = append(out, captions(WordPt, text))
	}
	return out
}

// captions are words as captions.
func captions(size vg.Length, all []placed) canvas.Words {
	w := canvas.Words{Size: size, Colour: canvas.Ink}
	for _, p := range all {
		w.Lines = append(w.Lines, canvas.Caption{X: p.X, Y: p.Y, Text: p.Text, Align: canvas.Centre})
	}
	return w
}

// key places the two marks, drawn as words of the greatest strength, and a line about
// strength, in lines as wide as the layout.
func (w *Figure) key(width int) (marks []placed, rest canvas.Words) {
	x, y := canvas.Margin-WordPad, 18.0
	end := float64(width-canvas.Margin) + WordPad
	style := canvas.TextStyle(canvas.TextPt, false, canvas.Ink)
	meanings := canvas.ShortenAll([]string{w.Up, w.Down}, style, min(keyRoom, vg.Length(width-2*canvas.Margin)))
	for _, mark := range []placed{{Text: meanings[0], Strength: 1}, {Text: meanings[1], Strength: -1}} {
		mark.Wide = style.Width(mark.Text).Points() + 2*WordPad
		if x > canvas.Margin && x+mark.Wide > end {
			x, y = canvas.Margin-WordPad, y+wordLine
		}
		mark.X, mark.Y = x+mark.Wide/2, y
		x += mark.Wide + 10
		marks = append(marks, mark)
	}
	text := "no word has an effect"
	if w.Largest > 0 {
		text = "the stronger, the larger the effect: up to " + canvas.Number(w.Largest)
	}
	if x += 4; x+canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(text).Points() > end {
		x, y = canvas.Margin, y+wordLine-4
	}
	return marks, canvas.Words{Size: canvas.SmallPt, Colour: canvas.Muted, Lines: []canvas.Caption{{X: x, Y: y, Text: text}}}
}

// Mix returns how much of its colour a word's background has.
func (p placed) Mix() float64 {
	if p.Strength == 0 {
		return 0
	}
	return WeakestMix + (StrongestMix-WeakestMix)*math.Abs(p.Strength)
}

// Colour returns the number of the word's colour in the palette.
func (p placed) Colour() int {
	if p.Strength < 0 {
		return 1
	}
	return 0
}

// underline returns the ends of the line under the word.
func (p placed) underline() [][2]float64 {
	y := p.Y + (WordHigh+WordStroke)/2
	return [][2]float64{{p.X - p.Wide/2, y}, {p.X + p.Wide/2, y}}
}
