package chart

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/reliability"
	"github.com/lorabook/lorabook/pkg/chart/internal/roc"
)

// texts returns the character data of an SVG's text elements, and fails where
// the document is not well-formed or holds a script.
func texts(t *testing.T, svg []byte) []string {
	t.Helper()
	var out []string
	inside := false
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("SVG is not well-formed XML: %v", err)
		}
		switch v := token.(type) {
		case xml.StartElement:
			if v.Name.Local == "script" {
				t.Fatal("SVG holds a script element")
			}
			inside = v.Name.Local == "text"
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside {
				out = append(out, string(v))
			}
		}
	}
}

func TestSVGHoldsLabelsAndNumbers(t *testing.T) {
	want := map[string][]string{
		"curves":          {"validation 0.25", "accuracy 86.6", "per cent", "100", "0.6"},
		"bars":            {"F1", "before", "86.6", "84.5 to 88.7", "89.0", "100"},
		"confusion":       {"negative", "468", "94 %", "1,436", "predicted", "true"},
		"lying bars":      {"before", "50.0", "47.0 to 52.5", "class 8", "per cent", "80"},
		"large confusion": {"negative", "class 18", "predicted", "true"},
		"roc":             {"after (AUC 0.910)", "false positive rate", roc.Chance + " (AUC 0.500)", "0.2", "1.0"},
		"reliability":     {"before", "confidence", "accuracy", reliability.Perfect, "0.7"},
		"scatter":         {"after", "value", "1.0", "4.0"},
		"histogram":       {"tokens", "reviews", "a long name at the right rim"},
		"matrices":        {"A", "8 x 192", "1,536 numbers, all 0", "0"},
		"words":           {"lovely", "dull", "$&", "towards negative", "another"},
		"parallel":        {"modules", "value", "no value", "running: 1", "0.30"},
		"heat map":        {"modules", "0.5000", "running", "0.0003"},
		"trial curves":    {"paused: 1", "0.7"},
	}
	for name, c := range samples(t) {
		svg, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		got := texts(t, svg)
		all := strings.Join(got, "\n")
		for _, w := range want[name] {
			found := false
			for _, g := range got {
				found = found || g == w
			}
			if !found {
				t.Errorf("%s: the SVG does not write %q; it writes\n%s", name, w, all)
			}
		}
		for _, w := range []string{"Title </script><script>", "Takeaway </script>"} {
			if !strings.Contains(all, w) {
				t.Errorf("%s: the SVG does not write %q as text", name, w)
			}
		}
		if strings.Contains(string(svg), "pt\"") || !strings.Contains(string(svg), "sans-serif") {
			t.Errorf("%s: the SVG's size is not in pixels, or its font has no generic family", name)
		}
	}
}

func TestPNGIsTwiceTheNominalSize(t *testing.T) {
	for name, c := range samples(t) {
		data, err := c.PNG()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		w, h := c.size()
		if b := img.Bounds(); b.Dx() != 2*w || b.Dy() != 2*h {
			t.Errorf("%s: PNG is %v, want %d×%d", name, b, 2*w, 2*h)
		}
		// Blank paper would have one colour.
		seen := make(map[uint32]bool)
		for y := range 2 * h {
			for x := range 2 * w {
				r, g, b, _ := img.At(x, y).RGBA()
				seen[r>>8<<16|g&0xFF00|b>>8] = true
			}
		}
		if len(seen) < 20 {
			t.Errorf("%s: PNG has %d colours, so nothing is drawn", name, len(seen))
		}
		if len(data) > 100_000 {
			t.Errorf("%s: PNG takes %d bytes, too many for a notebook", name, len(data))
		}
	}
}

func TestOptionsAreDataOnly(t *testing.T) {
	for name, c := range samples(t) {
		data, err := c.Options()
		if err != nil {
			t.Fatal(err)
		}
		var o struct {
			Title  []map[string]any
			Series []struct {
				Type string
				Data []any
			}
			Grid []any
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(data, &raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := json.Unmarshal(raw["series"], &o.Series); err != nil || len(o.Series) == 0 {
			t.Fatalf("%s: no series: %v", name, err)
		}
		for i, s := range o.Series {
			if s.Type == "" || len(s.Data) == 0 {
				t.Errorf("%s: series %d has type %q and %d data", name, i, s.Type, len(s.Data))
			}
		}
		if bytes.ContainsAny(data, "<>&") {
			t.Errorf("%s: options hold <, > or & unescaped; they could end the script element", name)
		}
		if bytes.Contains(data, []byte("__f__")) || bytes.Contains(data, []byte("function")) {
			t.Errorf("%s: options hold a function", name)
		}
		if !bytes.Contains(raw["title"], []byte(`Title \u003c/script\u003e`)) {
			t.Errorf("%s: options lack the title: %s", name, raw["title"])
		}
		if !bytes.Contains(raw["animation"], []byte("false")) {
			t.Errorf("%s: options do not turn animation off", name)
		}
	}
}

// The same values must be in the interactive picture as in the data.
func TestOptionsHoldTheValues(t *testing.T) {
	c := samples(t)
	for name, values := range map[string][]string{
		"curves":          {"[300,0.25]", "[300,86.6]"},
		"bars":            {`224.76,86.6]`, `F1: 35.2 (31.6 to 38.9)`, `"84.5 to 88.7"`},
		"lying bars":      {`,50]`, `"47.0 to 52.5"`, `class 8: 70.0 (67.0 to 72.5)`},
		"large confusion": {`[19,19,1,1000]`, `[0,1,0,0]`, `0 of true class 18 taken for class 17`},
		"roc":             {`[0.2,0.9]`, `"after (AUC 0.910)"`},
		"confusion":       {`[1,0,0.936,468]`, `[1,1,0.9573,1436]`, `"1,436"`, `"96 %"`, `468 of true negative taken for positive`},
		"reliability":     {`[0.96,0.91]`, `0.91 right at confidence 0.96 (660 predictions)`},
		"scatter":         {`[3.5,4]`, `"4 at 3.5"`},
		"histogram":       {`"cut `},
		"matrices":        {`"B, rows 1 to 4"`, `[0,47,0,0]`, `"columns 189 to 192"`},
		"parallel":        {`\nmodules: value\nloss `, `[0.63093,0]`},
		"heat map":        {`[0,0,0]`, `trial 4 `},
		"trial curves":    {`[2,0.4375]`, `0.4375 at 2`},
		"words":           {`"lovely: +0.42 towards`, `"dull: -0.21 towards negative"`, `"and: no effect"`, `"opacity":0.45`},
	} {
		data, err := c[name].Options()
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			if !bytes.Contains(data, []byte(v)) {
				t.Errorf("%s: options lack %s:\n%s", name, v, data)
			}
		}
	}
}

func TestOutputsAreReproducible(t *testing.T) {
	a, b := samples(t), samples(t)
	ids := make(map[string]string)
	for name := range a {
		if a[name].ID() != b[name].ID() {
			t.Errorf("%s: the same chart has identifiers %s and %s", name, a[name].ID(), b[name].ID())
		}
		if other, taken := ids[a[name].ID()]; taken {
			t.Errorf("%s and %s share the identifier %s", name, other, a[name].ID())
		}
		ids[a[name].ID()] = name
		if !regexp.MustCompile(`^[a-z][a-z0-9-]+$`).MatchString(a[name].ID()) {
			t.Errorf("%s: %q cannot stand in HTML unescaped", name, a[name].ID())
		}
		pa, err := a[name].page(nil)
		if err != nil {
			t.Fatal(err)
		}
		pb, err := b[name].page(nil)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(pa, pb) {
			t.Errorf("%s: two runs give different pages", name)
		}
	}
	ha, err := a["confusion"].HTML()
	if err != nil {
		t.Fatal(err)
	}
	hb, err := b["confusion"].HTML()
	if err != nil {
		t.Fatal(err)
	}
	if ha != hb {
		t.Error("two runs give different HTML")
	}
	one, _ := Bars(Labels{Title: "t"}, []string{"g"}, BarSeries{Name: "s", Values: []float64{1}})
	two, _ := Bars(Labels{Title: "t"}, []string{"g"}, BarSeries{Name: "s", Values: []float64{2}})
	if one.ID() == two.ID() {
		t.Error("charts of different data share an identifier")
	}
}

func TestHTMLEscapesText(t *testing.T) {
	for name, c := range samples(t) {
		html, err := c.fragment(still{element: c.images("image/png", nil, nil)}, c.id, "", false)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(html, "<script"); n != 1 {
			t.Errorf("%s: HTML has %d script elements, want 1: a label got through", name, n)
		}
		if n := strings.Count(html, "</script"); n != 1 {
			t.Errorf("%s: HTML ends %d scripts, want 1", name, n)
		}
		if strings.Contains(html, "http:") || strings.Contains(html, "https:") {
			t.Errorf("%s: HTML names an address to load from", name)
		}
		if !strings.Contains(html, `<img src="data:image/png;base64,`) || !strings.Contains(html, `alt="Title &lt;/script`) {
			t.Errorf("%s: HTML lacks the picture or its text", name)
		}
	}
}

func TestTextHoldsTheNumbers(t *testing.T) {
	c := samples(t)
	for name, want := range map[string]string{
		"curves":      "accuracy: 71 at 100, 86.6 at 300 (lowest 71, highest 86.6)",
		"bars":        "F1: before 35.2 (31.6 to 38.9)",
		"confusion":   "true negative: 430 taken for negative (86 %), 70 taken for positive",
		"reliability": "0.91 right at confidence 0.96 (660 predictions)",
		"histogram":   "1,000 values, median",
		"matrices":    "B: 192 x 8, 1,536 numbers, all 0",
		"words":       "lovely +0.42, </script><script>alert(\"x\")</script> & 'a' {b} <b> -0.3, dull -0.21, - +0.1\n",
	} {
		text := c[name].Text()
		if !strings.Contains(text, want) || !strings.HasPrefix(text, "Title ") || !strings.Contains(text, "\nTakeaway ") {
			t.Errorf("%s: text lacks %q, title or takeaway:\n%s", name, want, text)
		}
	}
}

func TestZeroChart(t *testing.T) {
	var c Chart
	_, svg := c.SVG()
	_, png := c.PNG()
	_, options := c.Options()
	_, html := c.HTML()
	for _, err := range []error{svg, png, options, html, Show(c), Save(c, t.TempDir()+"/x.svg")} {
		if !errors.Is(err, errNoChart) {
			t.Errorf("a zero Chart answers %v, want %v", err, errNoChart)
		}
	}
	if c.Text() != "" || c.ID() != "" || c.Title() != "" || c.Takeaway() != "" {
		t.Error("a zero Chart has text")
	}
}

// A chart must not change when its maker's slices do.
func TestChartsKeepCopies(t *testing.T) {
	x, y := []float64{1, 2}, []float64{3, 4}
	c, err := Curves(Labels{Title: "t"}, Series{Name: "s", X: x, Y: y})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := c.Options()
	x[0], y[1] = 99, 99
	after, _ := c.Options()
	if !bytes.Equal(before, after) {
		t.Error("changing the slices changed the chart")
	}
}
