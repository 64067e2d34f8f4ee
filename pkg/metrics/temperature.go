package metrics

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/stats"
)

// TemperatureScaling is the correction of a classifier's confidence by one number, the
// temperature, which divides all logits (Guo et al. 2017, arXiv:1706.04599). A temperature above
// 1 makes the probabilities more equal. The answers stay the same, and so do accuracy and F1.
type TemperatureScaling struct {
	// Temperature minimizes the loss of the validation predictions, between 0.01 and 100. The
	// loss is convex in 1/Temperature, so that there is one minimum.
	Temperature float64 `json:"temperature"`
	// AtLimit reports that the loss is still decreasing at 0.01 or 100: 0.01 if every validation
	// answer is right, 100 if the probabilities are no better than equal ones. The temperature
	// then says nothing about other examples.
	AtLimit    bool            `json:"at_limit,omitempty"`
	Validation CalibrationGain `json:"validation"` // on which the temperature was fitted
	Test       CalibrationGain `json:"test"`
}

// CalibrationGain is the calibration of predictions before and after a temperature.
type CalibrationGain struct {
	Examples   int     `json:"examples"`
	LossBefore float64 `json:"loss_before"` // mean cross-entropy, nats
	LossAfter  float64 `json:"loss_after"`
	ECEBefore  float64 `json:"ece_before"` // [Calibration.ECE], in [DefaultBins] bins
	ECEAfter   float64 `json:"ece_after"`
}

// String describes the gain on the test predictions in one sentence.
func (s *TemperatureScaling) String() string {
	text := fmt.Sprintf("temperature %.3f, fitted on %s validation examples; on %s test examples the loss is %.3f nats before and %.3f after, the expected calibration error %.3f before and %.3f after",
		s.Temperature, numerals.Count(s.Validation.Examples), numerals.Count(s.Test.Examples), s.Test.LossBefore, s.Test.LossAfter, s.Test.ECEBefore, s.Test.ECEAfter)
	if s.AtLimit {
		text += "; the temperature is at its limit, where the validation loss is still decreasing"
	}
	return text
}

// ScaleTemperature fits a temperature to the validation predictions and applies it to the test
// predictions of the same classifier. The error is that of [Predictions.Validate], or says that
// the classes differ.
func ScaleTemperature(validation, test *Predictions) (*TemperatureScaling, error) {
	if err := validation.Validate(); err != nil {
		return nil, fmt.Errorf("temperature, validation: %w", err)
	}
	if err := test.Validate(); err != nil {
		return nil, fmt.Errorf("temperature, test: %w", err)
	}
	if !slices.Equal(validation.Classes, test.Classes) {
		return nil, fmt.Errorf("temperature: the classes are %q in validation and %q in test", validation.Classes, test.Classes)
	}
	s, err := FitTemperature(validation)
	if err != nil {
		return nil, err
	}
	s.Test = calibrationGain(test, s.Temperature)
	return s, nil
}

// FitTemperature fits a temperature to the validation predictions, as [ScaleTemperature] does. Test
// remains zero. The error is that of [Predictions.Validate].
func FitTemperature(validation *Predictions) (*TemperatureScaling, error) {
	if err := validation.Validate(); err != nil {
		return nil, fmt.Errorf("temperature, validation: %w", err)
	}
	s := &TemperatureScaling{}
	s.Temperature, s.AtLimit = fitTemperature(validation)
	s.Validation = calibrationGain(validation, s.Temperature)
	return s, nil
}

// MeasureTest returns the scaling with Test measured on these predictions of the same classifier.
// The error is that of [Predictions.WithTemperature].
func (s TemperatureScaling) MeasureTest(test *Predictions) (*TemperatureScaling, error) {
	if _, err := test.WithTemperature(s.Temperature); err != nil {
		return nil, err
	}
	s.Test = calibrationGain(test, s.Temperature)
	return &s, nil
}

// WithTemperature returns the predictions with logits divided by a temperature above 0. The
// logits of probabilities are their logarithms, where 0 counts as 2^-23.
func (p *Predictions) WithTemperature(temperature float64) (*Predictions, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if !(temperature > 0) || math.IsInf(temperature, 1) {
		return nil, fmt.Errorf("temperature %v: expected a finite number above 0", temperature)
	}
	k := len(p.Classes)
	scaled := &Predictions{Classes: p.Classes, IDs: p.IDs, Labels: p.Labels, Logits: make([]float32, p.Len()*k)}
	logits := make([]float64, k)
	for i := range p.Labels {
		p.logits(i, logits)
		for class, v := range logits {
			scaled.Logits[i*k+class] = float32(v / temperature)
		}
	}
	if err := scaled.Validate(); err != nil {
		return nil, fmt.Errorf("temperature %v: %w", temperature, err)
	}
	return scaled, nil
}

func calibrationGain(p *Predictions, temperature float64) CalibrationGain {
	before, after := p.answersAt(1), p.answersAt(temperature)
	return CalibrationGain{
		Examples: p.Len(), LossBefore: stats.Mean(before.losses), LossAfter: stats.Mean(after.losses),
		ECEBefore: before.calibration(DefaultBins).ECE, ECEAfter: after.calibration(DefaultBins).ECE,
	}
}

// The limits of a fitted temperature.
const (
	coldest = 0.01
	hottest = 100
)

// fitTemperature bisects the derivative of the loss in 1/temperature, which increases.
func fitTemperature(p *Predictions) (temperature float64, atLimit bool) {
	low, high := math.Log(coldest), math.Log(hottest)
	if p.lossSlope(1/coldest) <= 0 {
		return coldest, true
	}
	if p.lossSlope(1./hottest) >= 0 {
		return hottest, true
	}
	for range 60 {
		middle := low + (high-low)/2
		if p.lossSlope(math.Exp(-middle)) > 0 {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Exp(low + (high-low)/2), false
}

// lossSlope is the derivative of the summed loss in scale, the factor of the logits: the expected
// logit minus that of the right class, summed over the examples.
func (p *Predictions) lossSlope(scale float64) float64 {
	k := len(p.Classes)
	logits, scaled, probabilities := make([]float64, k), make([]float64, k), make([]float64, k)
	sum := 0.0
	for i, label := range p.Labels {
		p.logits(i, logits)
		for class, v := range logits {
			scaled[class] = scale * v
		}
		softmax(scaled, probabilities, label)
		for class, v := range logits {
			sum += probabilities[class] * (v - logits[label])
		}
	}
	return sum
}
