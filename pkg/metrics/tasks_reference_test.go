package metrics

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// tasksReference is what testdata/tasks_reference.py wrote.
type tasksReference struct {
	Temperature []struct {
		Name        string
		Classes     int
		Labels      []int
		Logits      []float32
		TestLabels  []int     `json:"test_labels"`
		TestLogits  []float32 `json:"test_logits"`
		Temperature float64
		Loss, ECE   [2]float64
		TestLoss    [2]float64 `json:"test_loss"`
		TestECE     [2]float64 `json:"test_ece"`
		MacroF1     float64    `json:"macro_f1"`
		WeightedF1  float64    `json:"weighted_f1"`
	}
	MultiLabel []struct {
		Name          string
		Classes       int
		Labels        [][]int
		Logits        []float32
		Probabilities []float32
		Loss          float64
		Fitted        [][2]float64
		AtHalf        labelReference `json:"at_half"`
		AtFitted      labelReference `json:"at_fitted"`
	} `json:"multi_label"`
	LabelIntervals []struct {
		Labels, Chosen [][]int
		Classes        int
		Micro, Macro   intervalReference
	} `json:"label_intervals"`
	Regression []struct {
		Name                             string
		Values, Answers                  []float64
		Pearson, Spearman, MAE, RMSE, R2 float64
		Fisher                           [][3]float64
		ValueRanks                       []float64 `json:"value_ranks"`
		Intervals                        map[string]intervalReference
	}
	ExactRegression []struct {
		Values, Before, After        []float64
		MAE, RMSE, Pearson, Spearman float64
	} `json:"exact_regression"`
	ExactLabels []struct {
		Classes               int
		Labels, Before, After [][]int
		MicroF1               float64 `json:"micro_f1"`
		MacroF1               float64 `json:"macro_f1"`
		Subset, Hamming       float64
	} `json:"exact_labels"`
}

type labelReference struct {
	Precision, Recall, F1 []float64
	Support               []int
	AUC                   []*float64
	MacroAUC              *float64 `json:"macro_auc"`
	MicroF1               float64  `json:"micro_f1"`
	MacroF1               float64  `json:"macro_f1"`
	Subset, Hamming       float64
}

type intervalReference struct {
	Resampled []float64
	Low, High float64
}

func readTasksReference(t *testing.T) (r tasksReference) {
	t.Helper()
	content, err := os.ReadFile("testdata/tasks_reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Temperature) == 0 || len(r.MultiLabel) == 0 || len(r.LabelIntervals) == 0 || len(r.Regression) == 0 || len(r.ExactRegression) == 0 || len(r.ExactLabels) == 0 {
		t.Fatal("the reference lacks a part")
	}
	return r
}

// numberedNames are names of classes, examples or both.
func numberedNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("n%03d", i)
	}
	return names
}

// few are enough resamples where only other numbers are tested.
var few = significance.Bootstrap{Resamples: 200, Seed: 1}

func TestTemperatureAgainstScipy(t *testing.T) {
	for _, c := range readTasksReference(t).Temperature {
		t.Run(c.Name, func(t *testing.T) {
			validation := &Predictions{Classes: numberedNames(c.Classes), Labels: c.Labels, Logits: c.Logits}
			test := &Predictions{Classes: validation.Classes, Labels: c.TestLabels, Logits: c.TestLogits}
			s, err := ScaleTemperature(validation, test)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "temperature", s.Temperature, c.Temperature)
			for side, got := range []CalibrationGain{s.Validation, s.Test} {
				loss, ece := [][2]float64{c.Loss, c.TestLoss}[side], [][2]float64{c.ECE, c.TestECE}[side]
				near(t, "loss before", got.LossBefore, loss[0])
				near(t, "loss after", got.LossAfter, loss[1])
				near(t, "ECE before", got.ECEBefore, ece[0])
				near(t, "ECE after", got.ECEAfter, ece[1])
			}
			m := measure(t, test)
			near(t, "macro F1", m.MacroF1, c.MacroF1)
			near(t, "weighted F1", *m.WeightedF1, c.WeightedF1)
		})
	}
}

func TestMultiLabelAgainstScikitLearn(t *testing.T) {
	for _, c := range readTasksReference(t).MultiLabel {
		t.Run(c.Name, func(t *testing.T) {
			p := &MultiLabelPredictions{Classes: numberedNames(c.Classes), Labels: c.Labels, Logits: c.Logits, Probabilities: c.Probabilities}
			m, err := MeasureMultiLabel(t.Context(), p, few)
			if err != nil {
				t.Fatal(err)
			}
			near(t, "loss", m.Loss, c.Loss)
			compareLabels(t, m, c.AtHalf)
			half := len(c.Labels) / 2
			fitted, err := FitThresholds(firstRows(p, half))
			if err != nil {
				t.Fatal(err)
			}
			second := lastRows(p, half)
			for class, f := range fitted {
				near(t, f.Class+" threshold", f.Threshold, c.Fitted[class][0])
				near(t, f.Class+" F1 at the threshold", f.F1, c.Fitted[class][1])
				second.Thresholds = append(second.Thresholds, f.Threshold)
			}
			if m, err = MeasureMultiLabel(t.Context(), second, few); err != nil {
				t.Fatal(err)
			}
			compareLabels(t, m, c.AtFitted)
		})
	}
}

func compareLabels(t *testing.T, m *MultiLabelMetrics, want labelReference) {
	t.Helper()
	near(t, "micro F1", m.MicroF1, want.MicroF1)
	near(t, "macro F1", m.MacroF1, want.MacroF1)
	near(t, "subset accuracy", m.SubsetAccuracy, want.Subset)
	near(t, "Hamming loss", m.HammingLoss, want.Hamming)
	compareArea(t, "mean AUC", m.ROCAUC, want.MacroAUC)
	for i, c := range m.Classes {
		near(t, c.Name+" precision", c.Precision, want.Precision[i])
		near(t, c.Name+" recall", c.Recall, want.Recall[i])
		near(t, c.Name+" F1", c.F1, want.F1[i])
		near(t, c.Name+" support", float64(c.Support), float64(want.Support[i]))
		compareArea(t, c.Name+" AUC", c.ROCAUC, want.AUC[i])
	}
}

func compareArea(t *testing.T, what string, got AUC, want *float64) {
	t.Helper()
	if want == nil || got.Value == nil {
		if want != nil || got.Value != nil || got.Reason == "" {
			t.Errorf("%s is %v, expected %v", what, got, want)
		}
		return
	}
	near(t, what, *got.Value, *want)
}

// firstRows and lastRows are the examples before an index, and from it on.
func firstRows(p *MultiLabelPredictions, n int) *MultiLabelPredictions { return someRows(p, 0, n) }
func lastRows(p *MultiLabelPredictions, n int) *MultiLabelPredictions {
	return someRows(p, n, len(p.Labels))
}

func someRows(p *MultiLabelPredictions, from, to int) *MultiLabelPredictions {
	k := len(p.Classes)
	q := &MultiLabelPredictions{Classes: p.Classes, Labels: p.Labels[from:to]}
	if p.Logits != nil {
		q.Logits = p.Logits[from*k : to*k]
	} else {
		q.Probabilities = p.Probabilities[from*k : to*k]
	}
	return q
}

// The resampled numbers are scipy's own, so that the intervals must agree exactly.
func compareInterval(t *testing.T, what string, observed float64, left []float64, want intervalReference) {
	t.Helper()
	got, err := significance.Accelerated(want.Resampled, observed, significance.JackknifeAcceleration(left), 0.95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, what+" low", got.Low, want.Low)
	near(t, what+" high", got.High, want.High)
}

func TestMultiLabelIntervalsAgainstScipy(t *testing.T) {
	for _, c := range readTasksReference(t).LabelIntervals {
		n := len(c.Labels)
		decisions := make([]decision, n)
		for i := range decisions {
			decisions[i] = decide(c.Labels[i], c.Chosen[i])
		}
		open := func() significance.Statistics {
			counts := newLabelCounts(c.Classes)
			return func(weights []int32, out []float64) {
				counts.clear()
				for i, w := range weights {
					counts.add(decisions[i], int(w))
				}
				counts.statistics(out)
			}
		}
		observed := make([]float64, statClasses)
		open()(slices.Repeat([]int32{1}, n), observed)
		left, err := significance.Bootstrap{}.Jackknife(t.Context(), n, statClasses, open)
		if err != nil {
			t.Fatal(err)
		}
		compareInterval(t, "micro F1", observed[statMicroF1], left[statMicroF1], c.Micro)
		compareInterval(t, "macro F1", observed[statMacroF1], left[statMacroF1], c.Macro)
	}
}

func TestRegressionAgainstScipy(t *testing.T) {
	for _, c := range readTasksReference(t).Regression {
		t.Run(c.Name, func(t *testing.T) {
			p := &RegressionPredictions{Values: c.Values, Answers: c.Answers}
			for _, f := range c.Fisher {
				m, err := MeasureRegression(t.Context(), p, significance.Bootstrap{Resamples: 200, Level: f[0]})
				if err != nil {
					t.Fatal(err)
				}
				for what, pair := range map[string][2]float64{
					"Pearson": {*m.Pearson.Value, c.Pearson}, "Spearman": {*m.Spearman.Value, c.Spearman},
					"MAE": {*m.MAE.Value, c.MAE}, "RMSE": {*m.RMSE.Value, c.RMSE}, "R2": {*m.R2.Value, c.R2},
					"Fisher's low": {m.PearsonFisher.Low, f[1]}, "Fisher's high": {m.PearsonFisher.High, f[2]},
				} {
					near(t, what, pair[0], pair[1])
				}
			}
			n := len(c.Values)
			ranks := make([]float64, n)
			newRanking(c.Values).ranks(slices.Repeat([]int32{1}, n), ranks)
			for i, r := range ranks {
				near(t, "rank", r, c.ValueRanks[i])
			}
			open := func() significance.Statistics { return newNumbers(c.Values, c.Answers).statistics }
			observed := make([]float64, statNumbers)
			open()(slices.Repeat([]int32{1}, n), observed)
			left, err := significance.Bootstrap{}.Jackknife(t.Context(), n, statNumbers, open)
			if err != nil {
				t.Fatal(err)
			}
			for s, name := range map[int]string{statPearson: "pearson", statSpearman: "spearman", statMAE: "mae", statRMSE: "rmse", statR2: "r2"} {
				compareInterval(t, name, observed[s], left[s], c.Intervals[name])
			}
		})
	}
}

// All exchanges of so few examples are counted, by scipy too.
func TestExactPermutationsAgainstScipy(t *testing.T) {
	r := readTasksReference(t)
	for _, c := range r.ExactRegression {
		ids := numberedNames(len(c.Values))
		got, err := CompareRegression(t.Context(), &RegressionPredictions{IDs: ids, Values: c.Values, Answers: c.Before},
			&RegressionPredictions{IDs: ids, Values: c.Values, Answers: c.After}, significance.Bootstrap{})
		if err != nil {
			t.Fatal(err)
		}
		comparePermutation(t, "MAE", got.MAE, c.MAE, len(ids))
		comparePermutation(t, "RMSE", got.RMSE, c.RMSE, len(ids))
		comparePermutation(t, "Pearson", got.Pearson, c.Pearson, len(ids))
		comparePermutation(t, "Spearman", got.Spearman, c.Spearman, len(ids))
	}
	for _, c := range r.ExactLabels {
		got, err := CompareMultiLabel(t.Context(), certainly(c.Classes, c.Labels, c.Before), certainly(c.Classes, c.Labels, c.After), significance.Bootstrap{})
		if err != nil {
			t.Fatal(err)
		}
		comparePermutation(t, "micro F1", got.MicroF1, c.MicroF1, len(c.Labels))
		comparePermutation(t, "macro F1", got.MacroF1, c.MacroF1, len(c.Labels))
		comparePermutation(t, "subset accuracy", got.SubsetAccuracy, c.Subset, len(c.Labels))
		comparePermutation(t, "Hamming loss", got.HammingLoss, c.Hamming, len(c.Labels))
	}
}

// certainly are predictions with a probability of 0.9 for the chosen classes, and 0.1 for others.
func certainly(classes int, labels, chosen [][]int) *MultiLabelPredictions {
	p := &MultiLabelPredictions{Classes: numberedNames(classes), IDs: numberedNames(len(labels)), Labels: labels}
	for i := range labels {
		row := make([]float32, classes)
		for class := range row {
			row[class] = 0.1
		}
		for _, class := range chosen[i] {
			row[class] = 0.9
		}
		p.Probabilities = append(p.Probabilities, row...)
	}
	return p
}

func comparePermutation(t *testing.T, what string, got significance.PairedDifference, want float64, n int) {
	t.Helper()
	if got.Test == nil || !got.Test.Exact || got.Test.Exchanges != 1<<n {
		t.Fatalf("%s: the test is %+v, expected an exact one", what, got.Test)
	}
	if !(math.Abs(got.Test.PValue-want) <= 1e-9) {
		t.Errorf("%s: p is %v, expected %v", what, got.Test.PValue, want)
	}
	near(t, what+" difference", *got.Difference.Value, *got.After-*got.Before)
}
