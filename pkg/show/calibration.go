package show

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// Calibration draws how far the predictions can be trusted, before and after training.
//
// For one class per example it is the reliability diagram: accuracy over confidence, with the
// 95 % Wilson interval of each bin. For several labels it is the share of the examples with a
// class over the probability of the class, of all classes together. For a regression it is the
// distribution of the errors, answer minus value, and the errors over the answers. For tags of words
// it is the share of the right tags over the probability of the given ones.
//
// If the training fitted a temperature, or a threshold for each of several labels, a table shows its
// effect on the validation and the test examples. A classifier with classify.Options.Calibrated uses
// it; the charts do without.
func Calibration(ctx context.Context, r *finetune.Run) (Figures, error) {
	return views{
		single: func() (Figures, error) {
			report, err := r.Report(ctx)
			if err != nil {
				return Figures{}, err
			}
			f, err := singleCalibration(report)
			if err != nil || report.Calibration == nil || report.Calibration.Temperature == nil {
				return f, err
			}
			return f, f.temperature(report.Calibration.Temperature)
		},
		several: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadMultiLabelPredictions)
			if err != nil {
				return Figures{}, err
			}
			report, err := r.Report(ctx)
			if err != nil {
				return Figures{}, err
			}
			f, err := severalCalibration(before, after)
			if err != nil || report.Calibration == nil || len(report.Calibration.Thresholds) == 0 {
				return f, err
			}
			return f, f.fittedThresholds(report.Calibration)
		},
		number: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadRegressionPredictions)
			if err != nil {
				return Figures{}, err
			}
			return residuals(before, after)
		},
		tags: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadTagPredictions)
			if err != nil {
				return Figures{}, err
			}
			return tagCalibration(before, after)
		},
	}.of(r.Experiment.Task)
}

func singleCalibration(r *finetune.Report) (Figures, error) {
	var f Figures
	f.note("%s", calibration(r.Before, r.After))
	small, err := smallBins(r.After)
	if err != nil {
		return f, err
	}
	if small != "" {
		f.note("%s", small)
	}
	before, after := r.Before.Calibration, r.After.Calibration
	err = f.reliability(chart.Labels{
		Title:    "Confidence and accuracy",
		Takeaway: fmt.Sprintf("Expected calibration error %.3f before, %.3f after.", before.ECE, after.ECE),
	}, before, after)
	return f, err
}

// temperature adds the effect of a fitted temperature.
func (f *Figures) temperature(s *metrics.TemperatureScaling) error {
	if s.AtLimit {
		why := "every answer to them is right"
		if s.Temperature > 1 {
			why = "the probabilities are no better than equal ones"
		}
		f.note("No temperature is used: %s, so that the loss on the %d validation examples still decreases at the limit %g. classify.Options.Calibrated is an error for this model.", why, s.Validation.Examples, s.Temperature)
		return nil
	}
	effect := "makes the probabilities more equal"
	if s.Temperature < 1 {
		effect = "makes the probabilities less equal"
	}
	f.note("A temperature of %.3f, fitted on the %d validation examples, %s: it divides all logits. The predicted classes stay the same. A program uses it with classify.Options{Calibrated: true}.", s.Temperature, s.Validation.Examples, effect)
	t := table.New("The trained model with the temperature", table.Column{Name: "examples"}, table.Column{Name: "number", Format: "%,d"},
		table.Column{Name: "loss without", Unit: "nats", Format: "%.3f"}, table.Column{Name: "loss with", Unit: "nats", Format: "%.3f"},
		table.Column{Name: "calibration error without", Format: "%.3f"}, table.Column{Name: "calibration error with", Format: "%.3f"})
	for _, half := range []struct {
		name string
		gain metrics.CalibrationGain
	}{{"validation, where it was fitted", s.Validation}, {"test", s.Test}} {
		g := half.gain
		t.Add(half.name, g.Examples, g.LossBefore, g.LossAfter, g.ECEBefore, g.ECEAfter)
	}
	return f.table(t)
}

// fittedThresholds adds the thresholds of several labels and their effect.
func (f *Figures) fittedThresholds(c *evaluation.Calibration) error {
	f.note("A threshold for each class was fitted on the validation examples. A program uses them with classify.Options{Calibrated: true}; the tables and charts of this notebook use 0.5.")
	if test := c.Test; test != nil {
		f.note("On the %d test examples the micro F1 is %.3f with 0.5 and %.3f with the fitted thresholds, the macro F1 %.3f and %.3f.", test.Examples, test.MicroF1Before, test.MicroF1After, test.MacroF1Before, test.MacroF1After)
	}
	t := table.New("Fitted thresholds, and F1 on the validation examples", table.Column{Name: "class"}, table.Column{Name: "examples"}, table.Column{Name: "threshold", Format: "%.3f"},
		table.Column{Name: "F1 at 0.5", Format: "%.3f"}, table.Column{Name: "F1 at the threshold", Format: "%.3f"}, table.Column{Name: "note"})
	for _, fit := range c.Thresholds {
		t.Add(fit.Class, fit.Support, fit.Threshold, fit.F1AtHalf, fit.F1, fit.Reason)
	}
	return f.table(t)
}

// reliability adds the reliability diagram of two models.
func (f *Figures) reliability(labels chart.Labels, before, after metrics.Calibration) error {
	old, errOld := reliabilityOf("before", before)
	now, errNow := reliabilityOf("after", after)
	if err := errors.Join(errOld, errNow); err != nil {
		return err
	}
	return f.add(chart.Reliability(labels, old, now))
}

func reliabilityOf(name string, c metrics.Calibration) (chart.Calibration, error) {
	out := chart.Calibration{Name: name}
	for _, b := range c.Bins {
		if b.Examples == 0 {
			continue
		}
		interval, err := significance.Wilson(int(math.Round(b.Accuracy*float64(b.Examples))), b.Examples, 0.95)
		if err != nil {
			return out, err
		}
		out.Confidence = append(out.Confidence, b.Confidence)
		out.Accuracy = append(out.Accuracy, b.Accuracy)
		out.Count = append(out.Count, b.Examples)
		out.Low, out.High = append(out.Low, interval.Low), append(out.High, interval.High)
	}
	return out, nil
}

// severalCalibration draws the calibration of all decisions about classes.
func severalCalibration(before, after *metrics.MultiLabelPredictions) (Figures, error) {
	var f Figures
	old, errOld := before.Calibrate(metrics.DefaultBins)
	now, errNow := after.Calibrate(metrics.DefaultBins)
	if err := errors.Join(errOld, errNow); err != nil {
		return f, err
	}
	given, right, decisions := 0.0, 0.0, 0
	for _, b := range now.Bins {
		given += b.Confidence * float64(b.Examples)
		right += b.Accuracy * float64(b.Examples)
		decisions += b.Examples
	}
	n := float64(after.Len())
	f.note("%s After training the probabilities of all classes of an example sum to %.2f on average, and an example has %.2f of the %d classes.",
		changedError(old.ECE, now.ECE), given/n, right/n, len(after.Classes))
	err := f.reliability(chart.Labels{
		Title:    "Probability of a class and share of the examples with it",
		Takeaway: sayf("Expected calibration error %.3f before, %.3f after, of %d decisions.", old.ECE, now.ECE, decisions),
		X:        "probability of the class", Y: "share with the class",
	}, *old, *now)
	return f, err
}

// residuals draws the errors of a regression.
func residuals(before, after *metrics.RegressionPredictions) (Figures, error) {
	var f Figures
	errs := func(p *metrics.RegressionPredictions) (list []float64, mean float64) {
		for i, value := range p.Values {
			list = append(list, p.Answers[i]-value)
			mean += (p.Answers[i] - value) / float64(p.Len())
		}
		return list, mean
	}
	old, meanOld := errs(before)
	now, mean := errs(after)
	side := "above"
	if mean < 0 {
		side = "below"
	}
	f.note("The answers after training are %s %s the values on average (before: %s). A mean error near 0 means that the answers are neither too high nor too low as a whole; it does not mean that each is near its value.", numerals.Number(math.Abs(mean), 3), side, numerals.Signed(meanOld, 3))
	if err := f.add(chart.Histogram(chart.Labels{
		Title:    "Errors after training",
		Takeaway: fmt.Sprintf("Answer minus value: %s on average; half of the errors are between %s and %s.", numerals.Signed(mean, 3), numerals.Signed(quantile(now, 0.25), 3), numerals.Signed(quantile(now, 0.75), 3)),
		X:        "answer - value", Y: "examples",
	}, now, chart.Mark{At: 0, Name: "no error"})); err != nil {
		return f, err
	}
	err := f.add(chart.Scatter(chart.Labels{
		Title:    "Errors and answers",
		Takeaway: "A trend would mean that the error depends on the answer: high answers that are too high, for example.",
		X:        "answer", Y: "answer - value",
	}, "", chart.Points{Name: "before", X: before.Answers, Y: old}, chart.Points{Name: "after", X: after.Answers, Y: now}))
	return f, err
}

// quantile returns the value below which a share of the values lies.
func quantile(values []float64, share float64) float64 {
	return stat.Quantile(share, stat.LinInterp, slices.Sorted(slices.Values(values)), nil)
}
