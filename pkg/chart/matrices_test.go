package chart

import (
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Rows and columns have the same pixels in all matrices, thin sides excepted,
// and nothing overlaps or leaves the picture.
func TestMatricesAreToScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 300 {
		var grids []Grid
		for _, name := range names(1 + rng.IntN(maxGrids)) {
			g := Grid{Name: strings.Repeat(name, 1+rng.IntN(40)), Rows: 1 + rng.IntN(300), Columns: 1 + rng.IntN(300)}
			if rng.IntN(3) == 0 {
				g.Rows = 1 + rng.IntN(8)
			}
			g.Values = make([]float64, g.Rows*g.Columns)
			g.Values[0] = 1e-9
			grids = append(grids, g)
		}
		c, err := Matrices(Labels{Title: "T"}, grids...)
		if err != nil {
			t.Fatal(err)
		}
		m := c.figure.(*matrices)
		free := 0
		for i, p := range m.panes {
			for _, s := range []struct{ n, pixels int }{{p.Rows, p.box.height}, {p.Columns, p.box.width}} {
				if exact := float64(s.n) * m.pixel; math.Abs(float64(s.pixels)-exact) > 0.5 && !(s.pixels == thinnest && exact < thinnest) {
					t.Fatalf("%d rows or columns take %d pixels at %v each", s.n, s.pixels, m.pixel)
				}
			}
			next := canvas.Width - canvas.Margin
			if i+1 < len(m.panes) {
				next = m.panes[i+1].box.left - matricesGap
			}
			free = next - p.box.left - p.room()
			if free < 0 || p.box.height > tallest || p.box.top+p.box.height > m.Height() {
				t.Fatalf("%s of %v is not in its place", p.Name, p.box)
			}
			for _, line := range p.aboutLines() {
				if w := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(line).Points(); w > float64(p.room()) {
					t.Fatalf("%q takes %v pixels of %d", line, w, p.room())
				}
			}
		}
		// The scale is the greatest: a little more would not fit.
		tall := 0
		for _, p := range m.panes {
			tall = max(tall, p.box.height)
		}
		if free > 2*len(grids) && tall < tallest && m.pixel < mostPixels-1e-9 {
			t.Fatalf("%d pixels are free at %v pixels a row", free, m.pixel)
		}
	}
}

func TestMatricesOfLoRA(t *testing.T) {
	c := samples(t)["matrices"]
	m := c.figure.(*matrices)
	w, a, b := m.panes[0].box, m.panes[1].box, m.panes[2].box
	if w.width != w.height || a.width != w.width || b.height != w.height || a.height != b.width {
		t.Errorf("W is %v, A %v, B %v", w, a, b)
	}
	if ratio := float64(w.height) / float64(a.height); math.Abs(ratio-24) > 1.5 { // 192 / 8
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
	for _, p := range m.panes {
		for i := range p.Blocks.Rows {
			for j := range p.Blocks.Columns {
				if shade := canvas.CSS(canvas.Tint(p.Blocks.share(i, j))); !drawn[shade] {
					t.Fatalf("%s, block %d, %d: the SVG lacks %s", p.Name, i, j, shade)
				}
				if p.Name == "B" && p.Blocks.share(i, j) != 0 {
					t.Errorf("zeros are shaded %v", p.Blocks.share(i, j))
				}
			}
		}
	}
	if !strings.Contains(string(options), canvas.CSS(canvas.Tint(0))+`","`+canvas.CSS(canvas.Tint(1))) {
		t.Errorf("the options shade otherwise")
	}
}

func TestBlocksAreRootMeanSquares(t *testing.T) {
	g := Grid{Rows: 2, Columns: 6, Values: []float64{
		3, 4, 0, 0, 1, -1,
		-3, 4, 0, 0, 1, 7,
	}}
	b := reduce(g, 1, 3, 7)
	for i, want := range []float64{math.Sqrt(12.5), 0, math.Sqrt(13)} {
		if math.Abs(b.Values[i]-want) > 1e-12 {
			t.Errorf("block %d is %v, want %v", i, b.Values[i], want)
		}
	}
	if b.share(0, 2) != 1 || b.share(0, 1) != 0 || b.share(0, 0) != 0.98 {
		t.Errorf("shares are %v %v %v", b.share(0, 0), b.share(0, 1), b.share(0, 2))
	}
	rng := rand.New(rand.NewPCG(8, 9))
	for range 200 {
		size := math.Pow(10, float64(rng.IntN(390)-290))
		g := Grid{Rows: 1 + rng.IntN(200), Columns: 1 + rng.IntN(200)}
		largest := 0.0
		for range g.Rows * g.Columns {
			v := size * rng.Float64()
			g.Values = append(g.Values, v)
			largest = max(largest, v)
		}
		rows, columns := mostBlocks(g.Rows, rng.IntN(300)), mostBlocks(g.Columns, rng.IntN(300))
		if rows < 1 || rows > maxBlocks || rows > g.Rows {
			t.Fatalf("%d rows make %d blocks", g.Rows, rows)
		}
		b := reduce(g, rows, columns, largest)
		sum, covered := 0.0, 0
		for i := range rows {
			top, bottom := part(g.Rows, rows, i)
			for j := range columns {
				left, right := part(g.Columns, columns, j)
				n := (bottom - top) * (right - left)
				covered += n
				sum += float64(n) * (b.Values[i*columns+j] / largest) * (b.Values[i*columns+j] / largest)
			}
			if each := float64(g.Rows) / float64(rows); float64(bottom-top) < math.Floor(each) || float64(bottom-top) > math.Ceil(each) {
				t.Fatalf("a block of %d rows, of %v on average", bottom-top, each)
			}
		}
		if whole := rms(g.Values, largest) / largest; covered != len(g.Values) || math.Abs(math.Sqrt(sum/float64(covered))-whole) > 1e-9 {
			t.Fatalf("blocks cover %d of %d numbers, their root mean square is %v, of the whole %v", covered, len(g.Values), math.Sqrt(sum/float64(covered)), whole)
		}
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
		if p := c.figure.(*matrices).panes[0]; p.about() != want || !strings.Contains(c.Text(), p.size()+", "+want) {
			t.Errorf("got %q, want %q, in %s", p.about(), want, c.Text())
		}
	}
}
