package metrics

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// reference is what testdata/metrics_reference.py wrote.
type reference struct {
	Cases []struct {
		Name          string
		Labels        []int
		Classes       int
		Logits        []float32
		Probabilities []float32
		Loss          float64
		Accuracy      float64
		Precision     []float64
		Recall        []float64
		F1            []float64
		Support       []int
		MacroF1       float64 `json:"macro_f1"`
		Confusion     [][]int
		AUC           []float64
		MacroAUC      float64 `json:"macro_auc"`
		Brier         float64
		Calibration10 referenceBins `json:"calibration_10"`
		Calibration15 referenceBins `json:"calibration_15"`
	}
	Wilson []struct {
		Successes, N     int
		Level, Low, High float64
	}
	McNemar []struct {
		First, Second int
		Exact         bool
		Statistic     float64
		PValue        float64 `json:"p_value"`
	}
	Bootstrap []struct {
		Name             string
		Values, Means    []float64
		Level, Low, High float64
	}
}

type referenceBins struct {
	ECE  float64
	Bins [][3]float64 // examples, confidence, accuracy
}

func readReference(t *testing.T) (r reference) {
	t.Helper()
	content, err := os.ReadFile("testdata/metrics_reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) == 0 || len(r.Wilson) == 0 || len(r.McNemar) == 0 || len(r.Bootstrap) == 0 {
		t.Fatal("the reference lacks a part")
	}
	return r
}

// near allows for the rounding of float64 sums, no more.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		t.Errorf("%s is %v, expected %v", what, got, want)
	}
}

var classNames = []string{"neg", "pos", "mixed", "none"}

func TestMeasureAgainstScikitLearn(t *testing.T) {
	for _, c := range readReference(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			p := &Predictions{Classes: classNames[:c.Classes], Labels: c.Labels, Logits: c.Logits, Probabilities: c.Probabilities}
			m, err := Measure(p)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "loss", m.Loss, c.Loss)
			near(t, "accuracy", m.Accuracy, c.Accuracy)
			near(t, "macro F1", m.MacroF1, c.MacroF1)
			near(t, "AUC", *m.ROCAUC.Value, c.MacroAUC)
			near(t, "Brier", m.Calibration.Brier, c.Brier)
			if !slices.EqualFunc(m.Confusion, c.Confusion, slices.Equal) {
				t.Errorf("confusion is %v, expected %v", m.Confusion, c.Confusion)
			}
			for i, class := range m.Classes {
				near(t, class.Name+" precision", class.Precision, c.Precision[i])
				near(t, class.Name+" recall", class.Recall, c.Recall[i])
				near(t, class.Name+" F1", class.F1, c.F1[i])
				near(t, class.Name+" AUC", *class.ROCAUC.Value, c.AUC[i])
				if class.Support != c.Support[i] {
					t.Errorf("%s support is %d, expected %d", class.Name, class.Support, c.Support[i])
				}
			}
			if c.Classes == 2 {
				near(t, "F1", *m.F1, c.F1[1])
			} else if m.F1 != nil {
				t.Errorf("F1 of %d classes is %v, expected none", c.Classes, *m.F1)
			}
			compareBins(t, &m.Calibration, c.Calibration15)
			ten, err := Calibrate(p, 10)
			if err != nil {
				t.Fatal(err)
			}
			compareBins(t, ten, c.Calibration10)
		})
	}
}

func compareBins(t *testing.T, got *Calibration, want referenceBins) {
	t.Helper()
	near(t, "ECE", got.ECE, want.ECE)
	if len(got.Bins) != len(want.Bins) {
		t.Fatalf("%d bins, expected %d", len(got.Bins), len(want.Bins))
	}
	for i, b := range got.Bins {
		near(t, "bin's examples", float64(b.Examples), want.Bins[i][0])
		near(t, "bin's confidence", b.Confidence, want.Bins[i][1])
		near(t, "bin's accuracy", b.Accuracy, want.Bins[i][2])
	}
}

func TestWilsonAgainstScipy(t *testing.T) {
	for _, w := range readReference(t).Wilson {
		got, err := significance.Wilson(w.Successes, w.N, w.Level)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "low", got.Low, w.Low)
		near(t, "high", got.High, w.High)
	}
}

func TestMcNemarAgainstStatsmodels(t *testing.T) {
	for _, m := range readReference(t).McNemar {
		got, err := significance.McNemarTest(m.First, m.Second)
		if err != nil {
			t.Fatal(err)
		}
		if got.Exact != m.Exact {
			t.Errorf("%d against %d: exact is %v, expected %v", m.First, m.Second, got.Exact, m.Exact)
		}
		near(t, "statistic", got.Statistic, m.Statistic)
		// Relative: the p-values go down to 1e-88.
		if math.Abs(got.PValue-m.PValue) > 1e-9*m.PValue {
			t.Errorf("%d against %d: p is %v, expected %v", m.First, m.Second, got.PValue, m.PValue)
		}
	}
}

// The resampled means are scipy's own, so that the intervals must agree exactly.
func TestAcceleratedIntervalAgainstScipy(t *testing.T) {
	for _, b := range readReference(t).Bootstrap {
		got, err := significance.AcceleratedInterval(b.Means, b.Values, b.Level)
		if err != nil {
			t.Fatal(err)
		}
		near(t, b.Name+" low", got.Low, b.Low)
		near(t, b.Name+" high", got.High, b.High)
	}
}
