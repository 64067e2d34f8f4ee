package words

import (
	"fmt"
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
	wordsTop   = 44  // above the first text: what the marks mean
	wordsName  = 24  // a text's name
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

// Flow places the words and the names of all texts, and returns the height of
// the drawing.
func (w *Figure) Flow() (texts [][]placed, names []canvas.Caption, height int) {
	style, heading := canvas.TextStyle(WordPt, false, canvas.Ink), canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	const left, right = canvas.Margin - WordPad, canvas.Width - canvas.Margin + WordPad // letters stand under those of the title
	y := float64(wordsTop)
	headings := make([]string, len(w.Texts))
	for i, t := range w.Texts {
		headings[i] = t.Name
	}
	headings = canvas.ShortenAll(headings, heading, canvas.Width-2*canvas.Margin)
	for i, t := range w.Texts {
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

func (w *Figure) Height() int {
	_, _, height := w.Flow()
	return height
}

// key places the two marks, drawn as words of the greatest strength, and a
// line about strength.
func (w *Figure) key() (marks []placed, rest canvas.Caption) {
	const y = 18
	style := canvas.TextStyle(canvas.TextPt, false, canvas.Ink)
	x := canvas.Margin - WordPad
	meanings := canvas.ShortenAll([]string{w.Up, w.Down}, style, keyRoom)
	for _, mark := range []placed{{Text: meanings[0], Strength: 1}, {Text: meanings[1], Strength: -1}} {
		mark.Wide = style.Width(mark.Text).Points() + 2*WordPad
		mark.X, mark.Y = x+mark.Wide/2, y
		x += mark.Wide + 10
		marks = append(marks, mark)
	}
	text := "no word has an effect"
	if w.Largest > 0 {
		text = fmt.Sprintf("the stronger, the larger the effect: up to %s", canvas.Number(w.Largest))
	}
	return marks, canvas.Caption{X: x + 4, Y: y, Text: text}
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
