package metrics

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// smallMultiLabel are usable predictions for three examples and two classes.
func smallMultiLabel() *MultiLabelPredictions {
	return &MultiLabelPredictions{
		Classes: []string{"funny", "sad"}, IDs: []string{"a", "b", "c"},
		Labels: [][]int{{0}, {}, {0, 1}}, Logits: []float32{1, -1, -2, -3, 0.5, 2},
	}
}

func TestMultiLabelPredictionsRefuse(t *testing.T) {
	if err := smallMultiLabel().Validate(); err != nil {
		t.Fatal(err)
	}
	nan := float32(math.NaN())
	for name, test := range map[string]struct {
		damage func(p *MultiLabelPredictions)
		want   string
		row    int // of the *ExampleError, -1 if there is none
	}{
		"no classes":          {func(p *MultiLabelPredictions) { p.Classes = nil }, "0 classes, expected at least 1", -1},
		"a class twice":       {func(p *MultiLabelPredictions) { p.Classes[1] = "funny" }, `classes 0 and 1 are both named "funny"`, -1},
		"no examples":         {func(p *MultiLabelPredictions) { p.Labels = nil }, "no examples", -1},
		"both":                {func(p *MultiLabelPredictions) { p.Probabilities = make([]float32, 6) }, "either logits or probabilities", -1},
		"a value missing":     {func(p *MultiLabelPredictions) { p.Logits = p.Logits[1:] }, "5 values for 3 examples of 2 classes, expected 6", -1},
		"an ID missing":       {func(p *MultiLabelPredictions) { p.IDs = p.IDs[1:] }, "2 IDs for 3 examples", -1},
		"thresholds":          {func(p *MultiLabelPredictions) { p.Thresholds = []float64{0.5} }, "1 thresholds for 2 classes", -1},
		"threshold":           {func(p *MultiLabelPredictions) { p.Thresholds = []float64{0.5, 1} }, "the threshold of class sad is 1", -1},
		"label out of range":  {func(p *MultiLabelPredictions) { p.Labels[1] = []int{2} }, "example 1 (b): label 2, expected 0 to 1", 1},
		"labels not in order": {func(p *MultiLabelPredictions) { p.Labels[2] = []int{1, 0} }, "ascending", 2},
		"label twice":         {func(p *MultiLabelPredictions) { p.Labels[2] = []int{1, 1} }, "ascending", 2},
		"empty ID":            {func(p *MultiLabelPredictions) { p.IDs[1] = "" }, "its ID is empty", 1},
		"same ID":             {func(p *MultiLabelPredictions) { p.IDs[2] = "a" }, "its ID is that of example 0 too", 2},
		"NaN":                 {func(p *MultiLabelPredictions) { p.Logits[3] = nan }, "the logit of class 1 is NaN", 1},
		"probability": {func(p *MultiLabelPredictions) {
			p.Logits, p.Probabilities = nil, []float32{0, 1, 0, 1, 0.5, 1.5}
		}, "the probability of class 1 is 1.5", 2},
	} {
		t.Run(name, func(t *testing.T) {
			p := smallMultiLabel()
			test.damage(p)
			checkRefusal(t, p.Validate(), test.want, test.row)
			if _, err := MeasureMultiLabel(t.Context(), p, significance.Bootstrap{}); err == nil {
				t.Error("MeasureMultiLabel accepts them")
			}
			if _, err := CompareMultiLabel(t.Context(), smallMultiLabel(), p, significance.Bootstrap{}); err == nil {
				t.Error("CompareMultiLabel accepts them")
			}
		})
	}
}

func TestRegressionPredictionsRefuse(t *testing.T) {
	small := func() *RegressionPredictions {
		return &RegressionPredictions{IDs: []string{"a", "b"}, Values: []float64{1, 2}, Answers: []float64{1, 3}}
	}
	if err := small().Validate(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		damage func(p *RegressionPredictions)
		want   string
		row    int
	}{
		"no examples":     {func(p *RegressionPredictions) { p.Values = nil }, "no examples", -1},
		"answers missing": {func(p *RegressionPredictions) { p.Answers = p.Answers[1:] }, "1 answers for 2 values", -1},
		"an ID missing":   {func(p *RegressionPredictions) { p.IDs = p.IDs[1:] }, "1 IDs for 2 values", -1},
		"same ID":         {func(p *RegressionPredictions) { p.IDs[1] = "a" }, "its ID is that of example 0 too", 1},
		"value":           {func(p *RegressionPredictions) { p.Values[0] = math.NaN() }, "its value is NaN", 0},
		"answer":          {func(p *RegressionPredictions) { p.Answers[1] = math.Inf(-1) }, "example 1 (b): its answer is -Inf", 1},
		"huge":            {func(p *RegressionPredictions) { p.Answers[1] = 1e200 }, "at most 1e150", 1},
	} {
		t.Run(name, func(t *testing.T) {
			p := small()
			test.damage(p)
			checkRefusal(t, p.Validate(), test.want, test.row)
			if _, err := MeasureRegression(t.Context(), p, significance.Bootstrap{}); err == nil {
				t.Error("MeasureRegression accepts them")
			}
			if _, err := CompareRegression(t.Context(), small(), p, significance.Bootstrap{}); err == nil {
				t.Error("CompareRegression accepts them")
			}
		})
	}
}

// checkRefusal expects an error with some words, an *ExampleError for a row of at least 0.
func checkRefusal(t *testing.T, err error, want string, row int) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("error is %v, expected %q", err, want)
	}
	var example *ExampleError
	if errors.As(err, &example) != (row >= 0) || row >= 0 && example.Index != row {
		t.Errorf("error is %#v, expected row %d", err, row)
	}
}
