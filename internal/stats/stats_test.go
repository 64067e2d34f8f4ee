package stats_test

import (
	"math"
	"testing"

	"github.com/lorabook/lorabook/internal/stats"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   float64
	}{{[]float64{7}, 7}, {[]float64{4, 1}, 2.5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 9, 1, 2}, 3}} {
		if got := stats.Median(c.values); got != c.want {
			t.Errorf("median of %v: %v, want %v", c.values, got, c.want)
		}
	}
	values := []float64{2, 1}
	if stats.Median(values); values[0] != 2 {
		t.Error("the values were sorted in place")
	}
	if got := stats.Median(nil); !math.IsNaN(got) {
		t.Errorf("median of no values: %v", got)
	}
}
