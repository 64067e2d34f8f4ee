package chart

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

func namedBars(t *testing.T, names ...string) Chart {
	t.Helper()
	values := make([]float64, len(names))
	for i := range values {
		values[i] = 1
	}
	c, err := Bars(Labels{Title: "T"}, names, BarSeries{Name: "s", Values: values})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Names in scripts that the font of bitmaps lacks are not lost: pages have vectors with the text, over the
// PNG for viewers that remove vectors.
func TestNamesInOtherScripts(t *testing.T) {
	for _, name := range []string{"好评", "إيجابي", "हिन्दी", "🎉"} {
		c := namedBars(t, name, "b")
		html := must1(t)(c.HTML())
		wide := base64.StdEncoding.EncodeToString([]byte(must1(t)(c.SVG())))
		if !strings.Contains(html, `srcset="data:image/svg+xml;base64,`+wide+`"`) || !strings.Contains(html, `<img src="data:image/png`) {
			t.Errorf("%q: the HTML has no vectors, or no PNG", name)
		}
		if dark := base64.StdEncoding.EncodeToString([]byte(must1(t)(c.Dark().SVG()))); !strings.Contains(html, `["`+dark+`","`) {
			t.Errorf("%q: the HTML has no vectors for a dark page", name)
		}
		if svg := must1(t)(c.SVG()); !strings.Contains(svg, ">"+name+"<") {
			t.Errorf("the SVG lacks %q: %s", name, svg)
		}
	}
	for _, name := range []string{"größer", "Ёж", "Ελληνικά", "עברית", "“a” – b…"} {
		if html := must1(t)(namedBars(t, name).HTML()); strings.Contains(html, `srcset="data:image/svg`) {
			t.Errorf("%q: the PNG has all letters, and the HTML has vectors", name)
		}
	}
}

// The room of letters that the font lacks is not 0, and that of marks is.
func TestRoomOfOtherScripts(t *testing.T) {
	style := canvas.TextStyle(10, false, canvas.Ink)
	if got := style.Width("好评").Points(); got != 20 {
		t.Errorf("two Chinese letters are %v wide, want 20", got)
	}
	if a, b := style.Width("ا"), style.Width("اَ"); a <= 0 || a != b {
		t.Errorf("a letter is %v wide, with a vowel sign %v", a, b)
	}
}

func must1(t *testing.T) func(any, error) string {
	t.Helper()
	return func(v any, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := v.([]byte); ok {
			return string(text)
		}
		return v.(string)
	}
}
