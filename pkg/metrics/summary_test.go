package metrics

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// With many test examples the p-value is too small for a float64, counts have thousands, and the second
// decimal of a percentage says something.
func TestSummaryOfManyExamples(t *testing.T) {
	test, err := significance.McNemarTest(945, 11722)
	if err != nil || test.PValue != 0 {
		t.Fatalf("p = %v, %v, expected one that is rounded to 0", test.PValue, err)
	}
	c := Comparison{Examples: 25000, AccuracyBefore: 0.5, AccuracyAfter: 0.93108, Difference: 0.43108, Fixed: 11722, Broken: 945, Test: test}
	c.Interval = significance.Interval{Low: 0.42396, High: 0.43816, Level: 0.95}
	want := "accuracy   50.00 % before, 93.11 % after, on the same 25,000 examples\n" +
		"difference +43.11 points, 95 % interval +42.40 to +43.82\n" +
		"McNemar p < 1e-12: 11,722 predictions became correct, 945 became wrong"
	if got := c.String(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	m := Metrics{Examples: 25000, Accuracy: 0.93108, AccuracyInterval: significance.Interval{Low: 0.92787, High: 0.93415}}
	if got := m.String(); !strings.HasPrefix(got, "accuracy  93.11 % of 25,000, 95 % interval 92.79 to 93.42\n") {
		t.Errorf("%s", got)
	}
	s := TemperatureScaling{Validation: CalibrationGain{Examples: 1000}, Test: CalibrationGain{Examples: 25000}}
	if got := s.String(); !strings.Contains(got, "fitted on 1,000 validation examples; on 25,000 test examples") {
		t.Errorf("%s", got)
	}
}
