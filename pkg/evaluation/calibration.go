package evaluation

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Calibration is what is fitted on the validation examples after a training: a temperature for one
// class per example, a threshold for each of several labels. classify.Options.Calibrated uses it.
type Calibration struct {
	Temperature *metrics.TemperatureScaling `json:"temperature,omitempty"` // for data.SingleLabel; its Test is zero before the report
	Thresholds  []metrics.FittedThreshold   `json:"thresholds,omitempty"`  // for data.MultiLabel
	// Test is the effect of the thresholds on the test examples; nil before the report.
	Test *ThresholdGain `json:"test,omitempty"`
}

// ThresholdGain is F1 with the threshold 0.5 for every class, and with the fitted thresholds.
type ThresholdGain struct {
	Examples      int     `json:"examples"`
	MicroF1Before float64 `json:"micro_f1_before"`
	MicroF1After  float64 `json:"micro_f1_after"`
	MacroF1Before float64 `json:"macro_f1_before"`
	MacroF1After  float64 `json:"macro_f1_after"`
}

// Calibrate fits a temperature or thresholds to the predictions for the validation examples. It
// returns nil for a regression and for tags of words.
func Calibrate(validation *classify.TaskPredictions) (*Calibration, error) {
	c := &Calibration{}
	var err error
	switch {
	case validation == nil || validation.Regression != nil || validation.Tags != nil:
		return nil, nil
	case validation.MultiLabel != nil:
		c.Thresholds, err = metrics.FitThresholds(validation.MultiLabel)
	case validation.SingleLabel != nil:
		c.Temperature, err = metrics.FitTemperature(validation.SingleLabel)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// MeasureTest returns the calibration with its effect on the predictions of the same model for the
// test examples.
func (c Calibration) MeasureTest(test *classify.TaskPredictions) (*Calibration, error) {
	switch {
	case c.Temperature != nil && test != nil:
		var err error
		if c.Temperature, err = c.Temperature.MeasureTest(test.SingleLabel); err != nil {
			return nil, err
		}
	case c.Thresholds != nil && test != nil && test.MultiLabel != nil:
		before, err := metrics.SummarizeMultiLabel(test.MultiLabel)
		if err != nil {
			return nil, err
		}
		fitted := *test.MultiLabel
		for _, t := range c.Thresholds {
			fitted.Thresholds = append(fitted.Thresholds, t.Threshold)
		}
		after, err := metrics.SummarizeMultiLabel(&fitted)
		if err != nil {
			return nil, err
		}
		c.Test = &ThresholdGain{before.Examples, before.MicroF1, after.MicroF1, before.MacroF1, after.MacroF1}
	}
	return &c, nil
}

// Fitted returns the numbers that a classifier uses. A temperature at its limit is left out: it says
// nothing about other examples.
func (c *Calibration) Fitted() (fitted classify.Calibration) {
	if c == nil {
		return fitted
	}
	if t := c.Temperature; t != nil && !t.AtLimit {
		fitted.Temperature = t.Temperature
	}
	for _, t := range c.Thresholds {
		if fitted.Thresholds == nil {
			fitted.Thresholds = map[string]float64{}
		}
		fitted.Thresholds[t.Class] = t.Threshold
	}
	return fitted
}

// String describes the calibration and its effect on the test examples in one sentence.
func (c *Calibration) String() string {
	switch {
	case c.Temperature != nil:
		return c.Temperature.String()
	case c.Test != nil:
		return fmt.Sprintf("a threshold for each class, fitted on the validation examples; on %s test examples the micro F1 is %.3f with 0.5 and %.3f with them, the macro F1 %.3f and %.3f",
			numerals.Count(c.Test.Examples), c.Test.MicroF1Before, c.Test.MicroF1After, c.Test.MacroF1Before, c.Test.MacroF1After)
	}
	return fmt.Sprintf("thresholds of %d classes, fitted on the validation examples", len(c.Thresholds))
}
