package significance

import (
	"math"
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

// near reports an error unless two numbers agree to nine digits.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, expected %v", what, got, want)
	}
}
