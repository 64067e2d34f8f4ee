package canvas

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestNiceScale(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range 5000 {
		lo := rng.NormFloat64() * math.Pow(10, float64(rng.IntN(30)-15))
		hi := lo + rng.ExpFloat64()*math.Pow(10, float64(rng.IntN(30)-15))
		n := 2 + rng.IntN(60)
		s := NiceScale(lo, hi, n)
		slack := 1e-5 * s.Step
		if s.Min > lo+slack || s.Max < hi-slack {
			t.Fatalf("niceScale(%v, %v, %d) = %+v does not cover the range", lo, hi, n, s)
		}
		ticks := s.Ticks()
		if len(ticks) < 2 || len(ticks) > n+3 {
			t.Fatalf("niceScale(%v, %v, %d) = %+v has %d ticks", lo, hi, n, s, len(ticks))
		}
		if first := s.Step / math.Pow(10, math.Floor(math.Log10(s.Step)+1e-9)); !slices.ContainsFunc([]float64{1, 2, 2.5, 5}, func(m float64) bool { return math.Abs(m-first) < 1e-6 }) {
			t.Fatalf("niceScale(%v, %v, %d) steps by %v", lo, hi, n, s.Step)
		}
	}
}

func TestTickLabelsDiffer(t *testing.T) {
	for _, s := range []Scale{{0, 1, 0.2}, {0, 0.01, 0.0025}, {-50, 50, 25}, {0, 2500, 500}, {1e6, 1.1e6, 2e4}, {0, 5e-5, 1e-5}, {0, 4e9, 1e9}} {
		seen := make(map[string]bool)
		for _, v := range s.Ticks() {
			label := s.Label(v)
			if seen[label] {
				t.Errorf("%+v: two ticks are labelled %q", s, label)
			}
			seen[label] = true
		}
	}
	if got := (Scale{0, 2500, 500}).Label(1500); got != "1,500" {
		t.Errorf("1500 is labelled %q", got)
	}
	if got := (Scale{-1, 1, 0.5}).Label(math.Copysign(0, -1)); got != "0.0" {
		t.Errorf("-0 is labelled %q", got)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.86612: "0.866", 0.5: "0.5", 86.64: "86.6", 100: "100", 296450: "296,450", -1234.5: "-1,234",
		1e12: "1e+12", 0.00012: "0.00012", 108608260: "108,608,260", 9.9999: "10", 99.99: "100",
	} {
		if got := Number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}

// thin must keep the ends, the range and the order, within the limit.
// The last learning rate of a long training is nearly 0: its label has no digits that the chart cannot show.
func TestScaleNumber(t *testing.T) {
	s := Scale{Min: 0, Max: 0.3, Step: 0.1}
	for v, want := range map[float64]string{0: "0", 0.000215: "0.0002", -0.000215: "-0.0002", 0.00004: "0", -0.00004: "0", 0.00123: "0.001", 0.21375: "0.214"} {
		if got := s.Number(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}

func TestThin(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 1 + rng.IntN(5000)
		limit := 4 + rng.IntN(900)
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = float64(i), rng.NormFloat64()
		}
		tx, ty := Thin(x, y, limit)
		if len(tx) != len(ty) || len(tx) > max(limit, 2) || n <= limit && len(tx) != n {
			t.Fatalf("thin of %d to %d gave %d and %d", n, limit, len(tx), len(ty))
		}
		if tx[0] != 0 || tx[len(tx)-1] != float64(n-1) || !slices.IsSorted(tx) {
			t.Fatalf("thin of %d to %d lost an end or the order", n, limit)
		}
		if slices.Min(ty) != slices.Min(y) || slices.Max(ty) != slices.Max(y) {
			t.Fatalf("thin of %d to %d lost a peak", n, limit)
		}
		for i := range tx {
			if ty[i] != y[int(tx[i])] {
				t.Fatalf("thin moved a point")
			}
		}
	}
}

func TestSpread(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		at := make([]float64, 1+rng.IntN(6))
		for i := range at {
			at[i] = rng.Float64() * 200
		}
		got := Spread(at, 15, 0, 200)
		sorted := slices.Sorted(slices.Values(got))
		for i, v := range sorted {
			if v < 0 || v > 200 || i > 0 && v-sorted[i-1] < 15-1e-9 {
				t.Fatalf("spread(%v) = %v", at, got)
			}
		}
		for i := range at {
			for j := range at {
				if at[i] < at[j] && got[i] > got[j] {
					t.Fatalf("spread(%v) = %v changed the order", at, got)
				}
			}
		}
	}
	if got := Spread([]float64{50, 100}, 15, 0, 200); got[0] != 50 || got[1] != 100 {
		t.Errorf("spread moved labels that have room: %v", got)
	}
}

// The ticks of every range have different labels, are at most as many as asked for, and
// cover the range: also those of a very narrow range far from zero.
func TestTicksOfEveryRange(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	for range 3000 {
		lo := rng.NormFloat64() * math.Pow(10, float64(rng.IntN(16)-8))
		hi := lo + math.Abs(lo)*math.Pow(10, float64(rng.IntN(12)-8))
		most := 3 + rng.IntN(6)
		s := TickScale(lo, hi, most)
		ticks := s.Ticks()
		if len(ticks) < 2 || len(ticks) > most || s.Min > lo+1e-5*s.Step || s.Max < hi-1e-5*s.Step {
			t.Fatalf("%v to %v in at most %d ticks: %+v", lo, hi, most, s)
		}
		seen := make(map[string]bool)
		for _, v := range ticks {
			if label := s.Label(v); seen[label] {
				t.Fatalf("%v to %v: two ticks are labelled %q", lo, hi, label)
			} else {
				seen[label] = true
			}
		}
		if a, b := s.Number(ticks[0]), s.Number(ticks[1]); a == b {
			t.Fatalf("%v to %v: neighbouring ticks are written %q", lo, hi, a)
		}
	}
	if got := TickScale(0.49999, 0.50001, 6); len(got.Ticks()) > 6 || got.Label(got.Min) == got.Label(got.Min+got.Step) {
		t.Errorf("narrow range: %+v", got)
	}
}

// The numbers below an axis do not overlap, however narrow it is.
func TestXScaleHasRoom(t *testing.T) {
	style := TextStyle(SmallPt, false, Muted)
	for _, hi := range []float64{1, 50, 10_000, 1_234_567, 0.000123} {
		for width := 120; width < 700; width += 20 {
			s := XScale(0, hi, width)
			ticks := s.Ticks()
			each := float64(width) / float64(len(ticks)-1)
			for _, v := range ticks {
				if w := style.Width(s.Label(v)).Points(); w > each && len(ticks) > 2 {
					t.Errorf("0 to %v on %d pixels: %q takes %.0f of %.0f", hi, width, s.Label(v), w, each)
				}
			}
		}
	}
}
