package chart

import "github.com/lorabook/lorabook/internal/printable"

// Labels is the text around a chart's data.
type Labels struct {
	// Title says what is shown. Required.
	Title string
	// Takeaway is one sentence in plain words: what the reader should see. It
	// stands under the title and is the whole chart where no picture can be shown.
	Takeaway string
	// X and Y name the axes, with their units. Bars and Confusion have no use
	// for X; Confusion has none for Y, Matrices for neither. For Words they say
	// what a positive and a negative effect mean.
	X, Y string
}

func (l Labels) clean() Labels {
	return Labels{oneLine(l.Title), oneLine(l.Takeaway), oneLine(l.X), oneLine(l.Y)}
}

func (l Labels) check(kind string) error {
	if l.Title == "" {
		return &DataError{kind, "title", "is empty; say what the chart shows"}
	}
	return nil
}

// oneLine makes text fit for XML and for a single line.
func oneLine(s string) string { return printable.Line(s) }
