package chart

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

const (
	wordPt     = 14  // size of a text's letters
	wordPad    = 2.5 // left and right of a word, on its background
	wordGap    = 1   // between two backgrounds
	wordHigh   = 21  // height of a background
	wordLine   = 31  // from line to line
	wordsTop   = 44  // above the first text: what the marks mean
	wordsName  = 24  // a text's name
	wordsGap   = 14  // between texts
	wordsFoot  = 10
	wordStroke = 2   // thickness of the line under a word
	keyRoom    = 210 // pixels, the widest meaning of a mark
	// strongestMix is how much of its colour the strongest word's background
	// has: words in ink have WCAG's contrast of 4.5 on it, light and dark.
	strongestMix = 0.45
	weakestMix   = 0.10
)

// placed is a word in its place: the middle of its background, in pixels from
// the drawing's upper left corner.
type placed struct {
	text     string // cut where it is wider than a line
	x, y     float64
	wide     float64
	strength float64 // -1 to 1, 0 for a plain word
}

// flow places the words and the names of all texts, and returns the height of
// the drawing.
func (w *words) flow() (texts [][]placed, names []canvas.Caption, height int) {
	style, heading := canvas.TextStyle(wordPt, false, canvas.Ink), canvas.TextStyle(canvas.NamePt, true, canvas.Ink)
	const left, right = canvas.Margin - wordPad, canvas.Width - canvas.Margin + wordPad // letters stand under those of the title
	y := float64(wordsTop)
	headings := make([]string, len(w.texts))
	for i, t := range w.texts {
		headings[i] = t.Name
	}
	headings = canvas.ShortenAll(headings, heading, canvas.Width-2*canvas.Margin)
	for i, t := range w.texts {
		names = append(names, canvas.Caption{X: canvas.Margin, Y: y + wordsName/2 - 4, Text: headings[i]})
		y += wordsName + wordLine/2
		x := left
		var line []placed
		for _, word := range t.Words {
			text := canvas.Shorten(word.Text, style, vg.Length(right-left-2*wordPad))
			wide := style.Width(text).Points() + 2*wordPad
			if x > left && x+wide > right {
				x, y = left, y+wordLine
			}
			line = append(line, placed{text, x + wide/2, y, wide, w.strength(word.Effect)})
			x += wide + wordGap
		}
		texts = append(texts, line)
		y += wordLine/2 + wordsGap
	}
	return texts, names, int(y) - wordsGap + wordsFoot
}

func (w *words) Height() int {
	_, _, height := w.flow()
	return height
}

// key places the two marks, drawn as words of the greatest strength, and a
// line about strength.
func (w *words) key() (marks []placed, rest canvas.Caption) {
	const y = 18
	style := canvas.TextStyle(canvas.TextPt, false, canvas.Ink)
	x := canvas.Margin - wordPad
	meanings := canvas.ShortenAll([]string{w.up, w.down}, style, keyRoom)
	for _, mark := range []placed{{text: meanings[0], strength: 1}, {text: meanings[1], strength: -1}} {
		mark.wide = style.Width(mark.text).Points() + 2*wordPad
		mark.x, mark.y = x+mark.wide/2, y
		x += mark.wide + 10
		marks = append(marks, mark)
	}
	text := "no word has an effect"
	if w.largest > 0 {
		text = fmt.Sprintf("the stronger, the larger the effect: up to %s", canvas.Number(w.largest))
	}
	return marks, canvas.Caption{X: x + 4, Y: y, Text: text}
}

// mix returns how much of its colour a word's background has.
func (p placed) mix() float64 {
	if p.strength == 0 {
		return 0
	}
	return weakestMix + (strongestMix-weakestMix)*math.Abs(p.strength)
}

// colour returns the number of the word's colour in the palette.
func (p placed) colour() int {
	if p.strength < 0 {
		return 1
	}
	return 0
}

// underline returns the ends of the line under the word.
func (p placed) underline() [][2]float64 {
	y := p.y + (wordHigh+wordStroke)/2
	return [][2]float64{{p.x - p.wide/2, y}, {p.x + p.wide/2, y}}
}
