package significance

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestWilsonIsSymmetric(t *testing.T) {
	a, err := Wilson(3, 20, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Wilson(17, 20, 0.9)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "low", a.Low, 1-b.High)
	near(t, "high", a.High, 1-b.Low)
}

func TestWilsonRefuses(t *testing.T) {
	for _, c := range []struct {
		successes, n int
		level        float64
	}{{0, 0, 0.95}, {-1, 5, 0.95}, {6, 5, 0.95}, {1, 5, 0}, {1, 5, 1}, {1, 5, math.NaN()}} {
		if got, err := Wilson(c.successes, c.n, c.level); err == nil {
			t.Errorf("Wilson(%d, %d, %v) is %v, expected an error", c.successes, c.n, c.level, got)
		}
	}
}

// The ends are those of scipy.stats.binomtest(0, n).proportion_ci(0.95), in each direction.
func TestUniform(t *testing.T) {
	for _, c := range []struct {
		value     float64
		n         int
		low, high float64
	}{
		{0, 1, -0.975, 0.975}, {0, 50, -0.07112173646419762, 0.07112173646419762},
		{1, 50, 1 - 2*0.07112173646419762, 1}, {-1, 50, -1, 2*0.07112173646419762 - 1},
	} {
		got, err := Uniform(c.value, c.n, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low", got.Low, c.low)
		near(t, "high", got.High, c.high)
	}
	for _, c := range []struct {
		value float64
		n     int
		level float64
	}{{0, 0, 0.95}, {1.1, 5, 0.95}, {math.NaN(), 5, 0.95}, {0, 5, 1}} {
		if got, err := Uniform(c.value, c.n, c.level); err == nil {
			t.Errorf("Uniform(%v, %d, %v) is %v, expected an error", c.value, c.n, c.level, got)
		}
	}
}

// Resamples that are all the same give a number no interval, in JSON and in texts.
func TestNoSpread(t *testing.T) {
	same := Interval{Low: 1, High: 1, Level: 0.95}
	e := NewEstimate(1, &same, "")
	if e.Interval != nil || e.Reason != noSpread {
		t.Errorf("%+v", e)
	}
	d := NewPairedDifference(0.5, 0.5, &Interval{Level: 0.95}, &Permutation{PValue: 1}, "")
	if d.Difference.Interval != nil || !strings.Contains(d.String(), "no interval: "+noSpread) {
		t.Errorf("%v", d)
	}
	digits := func(v float64) string { return fmt.Sprintf("%.2f", v) }
	wide := Interval{Low: 0.5, High: 1, Level: 0.95}
	for got, want := range map[string]string{
		same.Text(digits): "no interval: " + noSpread, same.Brackets(digits): " (no interval)",
		wide.Text(digits): "95 % interval 0.50 to 1.00", wide.Brackets(digits): " (0.50 to 1.00)",
	} {
		if got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

// near reports an error unless two numbers agree to nine digits.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, expected %v", what, got, want)
	}
}
