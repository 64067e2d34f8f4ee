package numerals

import "testing"

// The second decimal appears where the number of examples supports it, in shares and in differences alike.
func TestPercent(t *testing.T) {
	for _, test := range []struct {
		value           float64
		examples        int
		percent, points string
	}{
		{0.93108, 25000, "93.11", "+93.11"},
		{0.0036, 25000, "0.36", "+0.36"},
		{0.9304, 10000, "93.04", "+93.04"},
		{0.93108, 9999, "93.1", "+93.1"},
		{-0.0525, 200, "-5.2", "-5.2"},
		{0, 40, "0.0", "+0.0"},
		{1, 12500, "100.00", "+100.00"},
	} {
		if percent, points := Percent(test.value, test.examples), Points(test.value, test.examples); percent != test.percent || points != test.points {
			t.Errorf("%v of %d examples: %s %% and %s points, want %s and %s", test.value, test.examples, percent, points, test.percent, test.points)
		}
	}
}

// A p-value is never 0.
func TestPValue(t *testing.T) {
	for p, want := range map[float64]string{1: "p = 1", 0.034: "p = 0.034", 6e-5: "p = 6e-05", 1e-12: "p = 1e-12", 9.9e-13: "p < 1e-12", 1.1e-112: "p < 1e-12", 0: "p < 1e-12"} {
		if got := PValue(p); got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
	}
}

func TestLoss(t *testing.T) {
	for x, want := range map[float64]string{0.41: "0.410", 999.25: "999.250", 1195.4: "1,195", 30193479.187: "3.02e+07"} {
		if got := Loss(x); got != want {
			t.Errorf("%v: %q, expected %q", x, got, want)
		}
	}
}
