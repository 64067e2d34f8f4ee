package show

import (
	"testing"

	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// The table of a fitted temperature has its effect on both halves; one at its limit is not used.
func TestFittedTemperature(t *testing.T) {
	classes := []string{"neg", "pos"}
	s, err := metrics.ScaleTemperature(answers(classes, 60, 1), answers(classes, 80, 1))
	if err != nil {
		t.Fatal(err)
	}
	put, text := drawAll(t)
	var f Figures
	put(f, nil)
	err = f.temperature(s)
	put(f, err)
	expect(t, text.String(), "A temperature of ", "classify.Options{Calibrated: true}", "validation, where it was fitted", "test", "calibration error with")
	certain, err := metrics.FitTemperature(answers(classes, 60, 100))
	if err != nil || !certain.AtLimit {
		t.Fatalf("%+v, %v", certain, err)
	}
	f = Figures{}
	if err := f.temperature(certain); err != nil || len(f.Tables) != 0 || len(f.Notes) != 1 {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestFittedThresholds(t *testing.T) {
	classes := []string{"early", "late", "never"}
	fitted, err := metrics.FitThresholds(severalAnswers(classes, 60, 2))
	if err != nil {
		t.Fatal(err)
	}
	put, text := drawAll(t)
	var f Figures
	err = f.fittedThresholds(&evaluation.Calibration{Thresholds: fitted, Test: &evaluation.ThresholdGain{Examples: 1234, MicroF1Before: 0.5, MicroF1After: 0.6}})
	put(f, err)
	expect(t, text.String(), "On the 1,234 test examples the micro F1 is 0.500 with 0.5 and 0.600 with the fitted thresholds", "early", "never", "F1 at the threshold")
}
