package matrices

import (
	"math"
	"math/rand/v2"
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
		for _, name := range "abcd"[:1+rng.IntN(4)] {
			g := Grid{Name: strings.Repeat(string(name), 1+rng.IntN(40)), Rows: 1 + rng.IntN(300), Columns: 1 + rng.IntN(300)}
			if rng.IntN(3) == 0 {
				g.Rows = 1 + rng.IntN(8)
			}
			g.Values = make([]float64, g.Rows*g.Columns)
			g.Values[0] = 1e-9
			grids = append(grids, g)
		}
		m := New(grids)
		l := m.layout(canvas.Wide)
		free := 0
		for i, p := range m.Panes {
			box := l.boxes[i]
			for _, s := range []struct{ n, pixels int }{{p.Rows, box.Height}, {p.Columns, box.Width}} {
				if exact := float64(s.n) * l.pixel; math.Abs(float64(s.pixels)-exact) > 0.5 && !(s.pixels == thinnest && exact < thinnest) {
					t.Fatalf("%d rows or columns take %d pixels at %v each", s.n, s.pixels, l.pixel)
				}
			}
			next := canvas.Wide - canvas.Margin
			if i+1 < len(m.Panes) {
				next = l.boxes[i+1].Left - matricesGap
			}
			free = next - box.Left - l.rooms[i]
			if free < 0 || box.Height > limitsOf(canvas.Wide).tallest || box.Top+box.Height > l.height {
				t.Fatalf("%s of %v is not in its place", p.Name, box)
			}
			for _, line := range l.about(p, i) {
				if w := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted).Width(line).Points(); w > float64(l.rooms[i]) {
					t.Fatalf("%q takes %v pixels of %d", line, w, l.rooms[i])
				}
			}
		}
		// The scale is the greatest: a little more would not fit.
		tall := 0
		for _, box := range l.boxes {
			tall = max(tall, box.Height)
		}
		if free > 2*len(grids) && tall < limitsOf(canvas.Wide).tallest && l.pixel < mostPixels-1e-9 {
			t.Fatalf("%d pixels are free at %v pixels a row", free, l.pixel)
		}
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
	if b.Share(0, 2) != 1 || b.Share(0, 1) != 0 || b.Share(0, 0) != 0.98 {
		t.Errorf("shares are %v %v %v", b.Share(0, 0), b.Share(0, 1), b.Share(0, 2))
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
