package significance

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
)

func TestEstimateText(t *testing.T) {
	value := 0.0004
	e := Estimate{Value: &value, Interval: &Interval{Low: -0.00076, High: 0.0015, Level: 0.95}}
	for got, want := range map[string]string{
		e.Signed():                       "+0.0004, 95 % interval -0.0008 to +0.0015",
		e.String():                       "0.0004, 95 % interval -0.0008 to 0.0015",
		Estimate{Value: &value}.String(): "0.0004000",
		NewEstimate(math.NaN(), nil, "no examples").String(): "undefined: no examples",
	} {
		if got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}

// Earlier versions wrote the bootstrap interval of a sample in which every resample has the same number.
func TestEstimateOfEarlierVersions(t *testing.T) {
	var e Estimate
	if err := json.Unmarshal([]byte(`{"value": 1, "interval": {"low": 1, "high": 1, "level": 0.95}}`), &e); err != nil {
		t.Fatal(err)
	}
	if e.Interval != nil || e.Value == nil || *e.Value != 1 || !strings.Contains(e.String(), "no interval: every resample") {
		t.Errorf("%v: expected no interval", e)
	}
	if err := json.Unmarshal([]byte(`{"value": 1, "interval": {"low": 0.9, "high": 1, "level": 0.95}}`), &e); err != nil || e.Interval == nil || e.Reason != "" {
		t.Errorf("%v, %v: expected the interval", e, err)
	}
	if err := json.Unmarshal([]byte(`{"value": "1"}`), &e); err == nil {
		t.Error("a text was read as a number")
	}
}

// The correlations of two models that differ by the order of additions have no difference.
func TestDifferenceOfRounding(t *testing.T) {
	d := NewPairedDifference(-1, math.Nextafter(-1, 0), nil, nil, "")
	if *d.Difference.Value != 0 || !strings.Contains(d.String(), "difference +0.0000") {
		t.Errorf("%v", d)
	}
	if d := NewPairedDifference(1e-9, 2e-9, nil, nil, ""); *d.Difference.Value != 1e-9 {
		t.Errorf("%v: small numbers may differ", d)
	}
}
