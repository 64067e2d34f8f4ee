package chart

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// Any text in a label must leave the SVG well-formed, the options JSON and the
// script element whole.
func FuzzLabels(f *testing.F) {
	for _, s := range []string{"plain", nasty, "\x00\x1b[31m", "\xff\xfe", "a\nb\r\tc\u2028d", "]]>", "{a}{b|x}", "漢字 😀 é\u0301", strings.Repeat("w", 300), strings.Repeat("w", 3000), "$& `${x}`", "\uFFFE"} {
		f.Add(s, 0.5)
	}
	f.Fuzz(func(t *testing.T, text string, value float64) {
		for _, make := range []func() (Chart, error){
			func() (Chart, error) {
				return Bars(Labels{Title: "t" + text, Takeaway: text, Y: text}, []string{"g" + text}, BarSeries{Name: "s" + text, Values: []float64{value}})
			},
			func() (Chart, error) {
				return Matrices(Labels{Title: "t" + text}, Grid{Name: "g" + text, Rows: 1, Columns: 2, Values: []float64{value, 1}})
			},
			func() (Chart, error) {
				return Words(Labels{Title: "t", X: text, Y: "y" + text}, WordText{Name: "n" + text, Words: []Word{{"w", -1}, {text, value}}})
			},
		} {
			c, err := make()
			if err != nil {
				continue // not a number that can be drawn, or an empty word
			}
			memorytest.Bounded(t, 8*len(text), func() { staysInPlace(t, c) }) // the text is in up to five places
		}
	})
}

func staysInPlace(t *testing.T, c Chart) {
	t.Helper()
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	texts(t, svg)
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(options) {
		t.Fatalf("options are not JSON: %s", options)
	}
	html, err := c.fragment(still{element: c.images("image/png", nil, nil)}, c.id, "", false)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(html, "<script") != 1 || strings.Count(html, "</script") != 1 || strings.Count(html, "<img") != 1 {
		t.Fatalf("text got out of its place: %s", html)
	}
}
