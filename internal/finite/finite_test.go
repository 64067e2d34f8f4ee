package finite_test

import (
	"math"
	"testing"

	"github.com/lorabook/lorabook/internal/finite"
)

func TestNumber(t *testing.T) {
	for x, want := range map[float64]bool{0: true, 1e300: true, math.Inf(1): false, math.Inf(-1): false, math.NaN(): false} {
		if finite.Number(x) != want {
			t.Errorf("%v: %v", x, !want)
		}
	}
}

func TestFloat32(t *testing.T) {
	for _, good := range []float64{0, 1, -1, 1.2e-38, -3.4e38, 0.1} {
		if !finite.Float32(good) {
			t.Errorf("%v is no number of float32", good)
		}
	}
	for _, bad := range []float64{1e-39, -1e-60, 3.5e38, -1e300, math.NaN(), math.Inf(1)} {
		if finite.Float32(bad) {
			t.Errorf("%v is a number of float32", bad)
		}
	}
}
