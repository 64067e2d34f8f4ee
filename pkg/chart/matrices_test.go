package chart

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/matrices"
)

func TestMatricesOfLoRA(t *testing.T) {
	c := samples(t)["matrices"]
	m := c.figure.(*matrices.Figure)
	boxes := m.Boxes(canvas.Wide)
	w, a, b := boxes[0], boxes[1], boxes[2]
	if w.Width != w.Height || a.Width != w.Width || b.Height != w.Height || a.Height != b.Width {
		t.Errorf("W is %v, A %v, B %v", w, a, b)
	}
	if ratio := float64(w.Height) / float64(a.Height); math.Abs(ratio-24) > 1.5 { // 192 / 8
		t.Errorf("W is %v times as high as A", ratio)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	options, err := c.Options()
	if err != nil {
		t.Fatal(err)
	}
	// The same shades in both pictures: B has but the one of zero.
	drawn := make(map[string]bool)
	for _, fill := range regexp.MustCompile(`style="fill:(#[0-9A-F]{6})"`).FindAllStringSubmatch(string(svg), -1) {
		drawn[fill[1]] = true
	}
	for _, p := range m.Panes {
		for i := range p.Blocks.Rows {
			for j := range p.Blocks.Columns {
				if shade := canvas.CSS(canvas.Tint(p.Blocks.Share(i, j))); !drawn[shade] {
					t.Fatalf("%s, block %d, %d: the SVG lacks %s", p.Name, i, j, shade)
				}
				if p.Name == "B" && p.Blocks.Share(i, j) != 0 {
					t.Errorf("zeros are shaded %v", p.Blocks.Share(i, j))
				}
			}
		}
	}
	if !strings.Contains(string(options), canvas.CSS(canvas.Tint(0))+`","`+canvas.CSS(canvas.Tint(1))) {
		t.Errorf("the options shade otherwise")
	}
}

func TestMatricesInWords(t *testing.T) {
	for want, g := range map[string]Grid{
		"1 number, up to 2":            {Rows: 1, Columns: 1, Values: []float64{-2}},
		"2 numbers, all 0":             {Rows: 2, Columns: 1, Values: []float64{0, 0}},
		"1,536 numbers, up to 0.12":    {Rows: 8, Columns: 192, Values: append(make([]float64, 1535), -0.12)},
		"2 numbers, up to 2.5e-05":     {Rows: 1, Columns: 2, Values: []float64{2.5e-5, 0}},
		"10,000 numbers, up to 12,345": {Rows: 100, Columns: 100, Values: append(make([]float64, 9999), 12345)},
	} {
		g.Name = "W"
		c, err := Matrices(Labels{Title: "T"}, g)
		if err != nil {
			t.Fatal(err)
		}
		if p := c.figure.(*matrices.Figure).Panes[0]; p.About() != want || !strings.Contains(c.Text(), p.Size()+", "+want) {
			t.Errorf("got %q, want %q, in %s", p.About(), want, c.Text())
		}
	}
}
