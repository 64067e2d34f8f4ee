package classify

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/pkg/data"
)

// CalibrationFile is the file beside the trained weights of a run with the numbers that were fitted
// on the validation examples: {"temperature": 1.4}, or {"thresholds": {"news": 0.5, "sport": 0.31}}
// for data.MultiLabel. PEFT and transformers neither read nor write it.
const CalibrationFile = "calibration.json"

// Calibration is the content of a [CalibrationFile].
type Calibration struct {
	// Temperature divides the logits before the softmax, for data.SingleLabel.
	Temperature float64 `json:"temperature,omitempty"`
	// Thresholds are the probabilities from which a text has a class, by the class's name, for
	// data.MultiLabel.
	Thresholds map[string]float64 `json:"thresholds,omitempty"`
}

// IsZero reports whether nothing was fitted.
func (c Calibration) IsZero() bool { return c.Temperature == 0 && len(c.Thresholds) == 0 }

// ReadCalibration reads the CalibrationFile of a folder; the zero value where the folder has none.
// An unknown field or an impossible value is an error.
func ReadCalibration(dir string) (Calibration, error) {
	path := filepath.Join(dir, CalibrationFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Calibration{}, nil
	}
	if err != nil {
		return Calibration{}, err
	}
	if err := lfs.Check(path, text); err != nil {
		return Calibration{}, err
	}
	var c Calibration
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Calibration{}, fmt.Errorf(`%s: %w; expected an object such as {"temperature": 1.4} or {"thresholds": {"sport": 0.31}}`, path, err)
	}
	if err := c.validate(); err != nil {
		return Calibration{}, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func (c Calibration) validate() error {
	if c.Temperature != 0 && (!(c.Temperature > 0) || math.IsInf(c.Temperature, 1)) {
		return fmt.Errorf("temperature is %v, expected a finite number above 0", c.Temperature)
	}
	for _, class := range slices.Sorted(maps.Keys(c.Thresholds)) {
		if t := c.Thresholds[class]; !(t > 0 && t < 1) {
			return fmt.Errorf("the threshold of class %q is %v, expected a number between 0 and 1", class, t)
		}
	}
	return nil
}

// Write writes the CalibrationFile of an existing folder, or removes it for the zero value.
func (c Calibration) Write(dir string) error {
	path := filepath.Join(dir, CalibrationFile)
	if c.IsZero() {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if err := c.validate(); err != nil {
		return err
	}
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return atomicfile.Write(path, append(text, '\n'), 0o644)
}

// calibrationOf is the calibration of the trained weights in a folder.
type calibrationOf struct {
	Calibration
	dir string
}

// decisions are the numbers by which a classifier decides. The zero value uses the model's
// probabilities and the threshold 0.5.
type decisions struct {
	temperature float64   // for data.SingleLabel; 0 means 1
	thresholds  []float64 // for data.MultiLabel, one per class; nil means 0.5
}

// decisions returns those of the options for a task and its classes. fitted is the calibration of the
// trained weights.
func (o *Options) decisions(fitted calibrationOf, task data.Task, classes []string) (d decisions, err error) {
	if o.Threshold != 0 && task == data.MultiLabel {
		d.thresholds = slices.Repeat([]float64{o.Threshold}, len(classes))
	}
	if o.Calibrated {
		return fitted.calibrated(task, classes, fitted.dir)
	}
	return d, nil
}

// calibrated returns the decisions of a calibration for a model's task and classes. dir is the
// folder of the calibration, for errors.
func (c Calibration) calibrated(task data.Task, classes []string, dir string) (d decisions, err error) {
	path := filepath.Join(dir, CalibrationFile)
	switch task {
	case data.Regression:
		return d, fmt.Errorf("options: Calibrated is set, but the model's task is %s, which has no probabilities: leave it out", task)
	case data.TokenClassification:
		return d, fmt.Errorf("options: Calibrated is set, but a training for the task %s fits no temperature: leave it out", task)
	case data.MultiLabel:
		if c.Thresholds == nil {
			return d, fmt.Errorf("options: Calibrated is set, but %s has no thresholds: it is written at the end of a training; leave the option out for the threshold %v", path, defaultThreshold)
		}
		for _, class := range classes {
			t, ok := c.Thresholds[class]
			if !ok || len(c.Thresholds) != len(classes) {
				return d, fmt.Errorf("options: Calibrated is set, but %s has thresholds for the classes %q, expected %q", path, slices.Sorted(maps.Keys(c.Thresholds)), classes)
			}
			d.thresholds = append(d.thresholds, t)
		}
		return d, nil
	}
	if c.Temperature == 0 {
		return d, fmt.Errorf("options: Calibrated is set, but %s has no temperature: it is written at the end of a training whose validation examples determine one; leave the option out for the model's own probabilities", path)
	}
	d.temperature = c.Temperature
	return d, nil
}
