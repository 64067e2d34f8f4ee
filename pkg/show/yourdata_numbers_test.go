package show

import (
	"slices"
	"strings"
	"testing"
)

func TestAdviceOnNumbers(t *testing.T) {
	spread := func(low, step float64, more ...float64) []float64 {
		var list []float64
		for i := range 101 {
			list = append(list, low+step*float64(i))
		}
		return slices.Sorted(slices.Values(append(list, more...)))
	}
	for name, c := range map[string]struct {
		values    []float64
		want, not string
	}{
		"stars":         {spread(1, 0.04), "", "number"},
		"prices":        {spread(100_000, 10_000), "The numbers are large. The answers of a new model are near 0, and a training with numbers of another size needs many more steps: train with (number - 600,000) / 250,000, and", "far from"},
		"shares":        {spread(0.5, 0.0001), "The numbers are close together.", "large"},
		"an outlier":    {spread(1, 0.04, 5000), "1 of the 102 numbers is far from the others, up to 5,000.", "large"},
		"below":         {spread(1, 0.04, -5000, -4000), "2 of the 103 numbers are far from the others, up to -5,000.", "large"},
		"all equal":     {[]float64{3, 3, 3}, "All numbers are 3: there is nothing to learn", "scale"},
		"far from 0":    {spread(1_049_000, 200), "train with (number - 1,058,900) / 5,100, and", "far from"},
		"many zeros":    {slices.Sorted(slices.Values(append(make([]float64, 90), 1, 2, 3, 5000))), "1 of the 94 numbers is far from the others, up to 5,000.", "/ 5,000"},
		"half of equal": {slices.Sorted(slices.Values(append(make([]float64, 90), 1, 2, 3))), "", "number"},
	} {
		got := strings.Join(adviceOnNumbers(c.values), "\n")
		if !strings.Contains(got, c.want) || strings.Contains(got, c.not) || c.want == "" && got != "" {
			t.Errorf("%s: %q, expected %q and not %q", name, got, c.want, c.not)
		}
	}
}
