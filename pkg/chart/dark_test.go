package chart

import (
	"bytes"
	"errors"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// contrastRatio is WCAG 2's, 1 to 21.
func contrastRatio(a, b color.NRGBA) float64 {
	luminance := func(c color.NRGBA) float64 {
		linear := func(v uint8) float64 {
			x := float64(v) / 255
			if x <= 0.03928 {
				return x / 12.92
			}
			return math.Pow((x+0.055)/1.055, 2.4)
		}
		return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
	}
	high, low := luminance(a), luminance(b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

// Words in every colour can be read, light and dark: WCAG's AA.
func TestContrast(t *testing.T) {
	for _, c := range append([]color.NRGBA{canvas.Ink, canvas.Muted}, canvas.Palette...) {
		for _, page := range []struct{ words, back color.NRGBA }{{c, canvas.Paper}, {canvas.Dark(c), canvas.DarkPaper}, {canvas.Dark(c), color.NRGBA{0x22, 0x22, 0x22, 0xFF}}} {
			if r := contrastRatio(page.words, page.back); r < 4.5 {
				t.Errorf("%s on %s has a contrast of %.2f, want 4.5", canvas.CSS(page.words), canvas.CSS(page.back), r)
			}
		}
	}
	for share := 0.0; share <= 1; share += 0.01 { // a cell of a confusion matrix
		if light, dark := contrastRatio(canvas.Ink, canvas.Shade(share)), contrastRatio(canvas.Dark(canvas.Ink), canvas.Dark(canvas.Shade(share))); min(light, dark) < 4.5 {
			t.Errorf("words in a cell of share %.2f have a contrast of %.2f, on dark %.2f", share, light, dark)
		}
	}
}

// Dark colours keep their numbers, and what lies between two lies between them.
func TestDarkColours(t *testing.T) {
	for i, c := range canvas.Palette {
		if got := canvas.Dark(c); got != canvas.DarkPalette[i] {
			t.Errorf("%s becomes %s, want %s", canvas.CSS(c), canvas.CSS(got), canvas.CSS(canvas.DarkPalette[i]))
		}
		rim := canvas.Mix(c, canvas.Paper, 0.5) // of a letter
		if c != canvas.Palette[4] {             // a grey's rim is a lighter grey
			near(t, canvas.Dark(rim), canvas.Mix(canvas.DarkPalette[i], canvas.DarkPaper, 0.5))
		}
	}
	for light, want := range map[color.NRGBA]string{canvas.Ink: "#E6E6E6", canvas.Paper: canvas.CSS(canvas.DarkPaper), canvas.Muted: "#B5B5B5"} {
		if got := canvas.CSS(canvas.Dark(light)); got != want {
			t.Errorf("%s becomes %s, want %s", canvas.CSS(light), got, want)
		}
	}
}

func near(t *testing.T, got, want color.NRGBA) {
	t.Helper()
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
		if d < -3 || d > 3 {
			t.Errorf("got %s, want about %s", canvas.CSS(got), canvas.CSS(want))
			return
		}
	}
}

// A dark picture made of a light one is the dark chart's own, to the byte, and
// its background is dark.
func TestDarkPNG(t *testing.T) {
	testenv.NeedsTime(t, "it draws every chart as a dark picture")
	for name, c := range samples(t) {
		light, err := c.PNG()
		if err != nil {
			t.Fatal(err)
		}
		own, err := c.Dark().PNG()
		if err != nil {
			t.Fatal(err)
		}
		made, err := DarkPNG(light)
		if err != nil || !bytes.Equal(made, own) || bytes.Equal(made, light) {
			t.Errorf("%s: the dark picture made of the light one is not the chart's: %v", name, err)
		}
		picture, err := png.Decode(bytes.NewReader(made))
		if err != nil {
			t.Fatal(err)
		}
		if got := color.NRGBAModel.Convert(picture.At(1, 1)); got != canvas.DarkPaper {
			t.Errorf("%s: the background is %v", name, got)
		}
	}
	if _, err := DarkPNG([]byte("no picture")); !errors.Is(err, ErrNoPicture) {
		t.Errorf("no picture: %v", err)
	}
}

func TestDarkSVG(t *testing.T) {
	c, err := Bars(Labels{Title: "The colour #222222"}, []string{"a"}, BarSeries{Name: "x", Values: []float64{1}})
	if err != nil {
		t.Fatal(err)
	}
	svg, err := c.Dark().SVG()
	if err != nil {
		t.Fatal(err)
	}
	styles := strings.Join(regexp.MustCompile(`style="[^"]*"`).FindAllString(string(svg), -1), "\n")
	if strings.Contains(styles, "#222222") || !strings.Contains(styles, canvas.CSS(canvas.DarkPaper)) || !strings.Contains(string(svg), "The colour #222222") {
		t.Errorf("not dark, or a word was changed:\n%s", svg)
	}
}

// Neighbouring lines differ by more than colour, in both pictures.
func TestLinesWithoutColour(t *testing.T) {
	var series []Series
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		series = append(series, Series{Name: name, X: []float64{1, 2}, Y: []float64{1, float64(len(series))}})
	}
	c, err := Curves(Labels{Title: "x"}, series...)
	if err != nil {
		t.Fatal(err)
	}
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, find := range []struct{ what, in, pattern string }{
		{"symbols", string(options), `"symbol":"(\w+)","symbolSize":6`},
		{"dashes", string(options), `"type":(\[[^]]*\]|"solid"),"width"`},
		{"static dashes", string(svg), `stroke-width:2(;stroke-dasharray:[^;"]*)?`},
	} {
		kinds := make(map[string]bool)
		for _, m := range regexp.MustCompile(find.pattern).FindAllStringSubmatch(find.in, -1) {
			kinds[m[1]] = true
		}
		if len(kinds) != len(series) {
			t.Errorf("%d kinds of %s for %d lines: %v", len(kinds), find.what, len(series), kinds)
		}
	}
}

// The saved page has both pictures and words for those who see neither.
func TestPageThemes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.html")
	if err := Save(samples(t)["bars"], path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	page, _, _ := strings.Cut(string(text), "<script>")
	if n := strings.Count(page, "<svg"); n != 8 || !strings.Contains(page, `role="img" aria-label="Title`) || !strings.Contains(page, "prefers-color-scheme:dark") {
		t.Errorf("the page has %d pictures, expected eight (four layouts, light and dark), a label and a theme", n)
	}
}
