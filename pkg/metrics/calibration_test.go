package metrics

import "testing"

func TestCalibrationBinsAreClosedAbove(t *testing.T) {
	p := &Predictions{Classes: classNames[:2], Labels: []int{0, 0, 1}, Probabilities: []float32{0.5, 0.5, 1, 0, 0.25, 0.75}}
	c, err := Calibrate(p, 4)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{0, 1, 1, 1} {
		if got := c.Bins[i].Examples; got != want {
			t.Errorf("bin %d holds %d examples, expected %d", i, got, want)
		}
	}
	near(t, "ECE", c.ECE, (0.5+0.25+0)/3)
	near(t, "Brier", c.Brier, (0.25+0.0625)/3)
}

// Who is right as often as he says has no calibration error.
func TestPerfectCalibration(t *testing.T) {
	p := &Predictions{Classes: classNames[:2], Labels: []int{1, 1, 1, 0}}
	for range p.Labels {
		p.Probabilities = append(p.Probabilities, 0.25, 0.75)
	}
	c, err := Calibrate(p, DefaultBins)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "ECE", c.ECE, 0)
}

func TestCalibrationNeedsABin(t *testing.T) {
	if _, err := Calibrate(madeUp(3, 2, 1), 0); err == nil {
		t.Error("0 bins were taken")
	}
}
