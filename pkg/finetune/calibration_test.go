package finetune

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A classifier of a run divides the logits by the fitted temperature when asked, and keeps the
// classes; the report states the effect on the test examples.
func TestCalibratedTemperature(t *testing.T) {
	fitted := 0
	for _, method := range []Method{LoRA, HeadOnly, Full} {
		t.Run(method.String(), func(t *testing.T) {
			e := toy(t)
			e.Method, e.Training.Epochs = method, 2
			if method != LoRA {
				e.Adapter = Experiment{}.Adapter
			}
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
			report, err := r.Report(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			s := report.Calibration.Temperature
			if s == nil || s.Validation.Examples != 40 || s.Test.Examples != 80 || s.Validation.LossAfter > s.Validation.LossBefore {
				t.Fatalf("calibration: %+v", s)
			}
			if math.Abs(s.Validation.LossBefore-report.Training.BestLoss) > 1e-6 {
				t.Errorf("fitted to predictions with the loss %v, expected those of the kept state, %v", s.Validation.LossBefore, report.Training.BestLoss)
			}
			if !strings.Contains(report.String(), "\ncalibrated temperature ") {
				t.Errorf("report: %v", report)
			}
			if s.AtLimit { // such a temperature is not written, and nothing can be calibrated
				if c, err := classify.Open(t.Context(), "", r.Folder.Dir(), classify.Options{Calibrated: true}); err == nil {
					c.Close()
					t.Error("a temperature at its limit is used")
				}
				return
			}
			fitted++
			plain, err := classify.Open(t.Context(), "", r.Folder.Dir(), classify.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer plain.Close()
			calibrated, err := classify.Open(t.Context(), "", r.Folder.Dir(), classify.Options{Calibrated: true})
			if err != nil {
				t.Fatal(err)
			}
			defer calibrated.Close()
			texts := []string{"k k k a", "a b c d"}
			before, err := plain.Classify(t.Context(), texts)
			if err != nil {
				t.Fatal(err)
			}
			after, err := calibrated.Classify(t.Context(), texts)
			if err != nil {
				t.Fatal(err)
			}
			for i := range texts {
				logit := func(a classify.Answer) float64 { return math.Log(a.Probabilities[1] / a.Probabilities[0]) }
				if got, want := logit(after[i]), logit(before[i])/s.Temperature; math.Abs(got-want) > 1e-4*(1+math.Abs(want)) || after[i].Label != before[i].Label {
					t.Errorf("%q: logit %v, class %s; expected %v and %s", texts[i], got, after[i].Label, want, before[i].Label)
				}
			}
		})
	}
	if fitted == 0 {
		t.Error("every temperature is at its limit")
	}
}

// Several labels have the threshold of their class; the file is verified, and wrong uses are errors.
func TestCalibratedThresholds(t *testing.T) {
	r := openToy(t, filepath.Join(t.TempDir(), "run"), taskToy(t, data.MultiLabel), Options{})
	report, err := r.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	dir := r.Folder.Dir()
	fitted, err := classify.ReadCalibration(r.Folder.Path(runfolder.AdapterDir))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(report.Calibration.Fitted(), fitted); diff != "" || len(fitted.Thresholds) != len(report.Classes()) {
		t.Fatalf("%s\n%+v", diff, fitted)
	}
	if g := report.Calibration.Test; g == nil || g.MicroF1Before != report.MultiLabel.After.MicroF1 || !strings.Contains(report.String(), "calibrated a threshold for each class") {
		t.Errorf("gain %+v\n%v", g, report)
	}
	c, err := classify.Open(t.Context(), "", dir, classify.Options{Calibrated: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answers, err := c.Classify(t.Context(), []string{"k k k a", "a b c d", "m n m n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		for i, class := range report.Classes() {
			if has := slices.Contains(a.Labels, class); has != (a.Probabilities[i] >= fitted.Thresholds[class]) {
				t.Errorf("class %s: probability %v, threshold %v, given %v", class, a.Probabilities[i], fitted.Thresholds[class], has)
			}
		}
	}
	for says, o := range map[string]classify.Options{
		"set one of the two": {Calibrated: true, Threshold: 0.3},
	} {
		if _, err := classify.Open(t.Context(), "", dir, o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	path := r.Folder.Path(runfolder.AdapterDir, classify.CalibrationFile)
	if err := os.WriteFile(path, []byte(`{"thresholds":{"with k":0.2}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := classify.Open(t.Context(), "", dir, classify.Options{}); !errors.As(err, new(*runfolder.DamagedError)) {
		t.Errorf("a changed file: %v", err)
	}
	adapter := r.Folder.Path(runfolder.AdapterDir)
	if _, err := classify.Open(t.Context(), r.Experiment.Model, adapter, classify.Options{Calibrated: true}); err == nil || !strings.Contains(err.Error(), "has thresholds for the classes") {
		t.Errorf("thresholds of other classes: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := classify.Open(t.Context(), r.Experiment.Model, adapter, classify.Options{Calibrated: true}); err == nil || !strings.Contains(err.Error(), "has no thresholds") {
		t.Errorf("no file: %v", err)
	}
}
