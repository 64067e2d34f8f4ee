package metrics

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The mean of probabilities, from logits or not, with examples and classes in any order.
func TestMean(t *testing.T) {
	first := &Predictions{
		Classes: []string{"bad", "good"}, IDs: []string{"x", "y", "z"}, Labels: []int{0, 1, 1},
		Probabilities: []float32{0.5, 0.5, 0.25, 0.75, 1, 0},
	}
	second, err := (&Predictions{
		Classes: []string{"good", "bad"}, IDs: []string{"z", "x", "y"}, Labels: []int{0, 1, 0},
		Logits: []float32{float32(math.Log(3)), 0, 0, 0, 0, float32(math.Log(3))}, // of good: 3/4, 1/2, 1/4
	}).InOrder(first.Classes)
	if err != nil {
		t.Fatal(err)
	}
	want := &Predictions{
		Classes: first.Classes, IDs: first.IDs, Labels: first.Labels,
		Probabilities: []float32{0.5, 0.5, 0.5, 0.5, 0.625, 0.375},
	}
	near := cmpopts.EquateApprox(0, 1e-6)
	mean, err := Mean(first, second)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, mean, near); diff != "" {
		t.Error(diff)
	}
	// Equal models count as several.
	if mean, err = Mean(first, second, second); err != nil || math.Abs(float64(mean.Probabilities[5])-0.5) > 1e-6 {
		t.Errorf("%v, %v", mean, err)
	}
	if first.Probabilities[0] != 0.5 || second.Probabilities != nil {
		t.Error("the mean has changed its models")
	}
}

func TestMeanMultiLabel(t *testing.T) {
	first := &MultiLabelPredictions{
		Classes: []string{"a", "b", "c"}, IDs: []string{"x", "y"}, Labels: [][]int{{0, 2}, {}},
		Probabilities: []float32{1, 0.25, 0.5, 0, 0, 0.75}, Thresholds: []float64{0.1, 0.2, 0.3},
	}
	second, err := (&MultiLabelPredictions{
		Classes: []string{"c", "a", "b"}, IDs: []string{"y", "x"}, Labels: [][]int{{}, {0, 1}},
		Logits: []float32{0, 0, 0, 0, 0, float32(math.Log(3))}, Thresholds: []float64{0.3, 0.1, 0.2},
	}).InOrder(first.Classes)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.Thresholds, second.Thresholds); diff != "" {
		t.Errorf("the thresholds in the order of the other classes: %s", diff)
	}
	mean, err := MeanMultiLabel(first, second)
	if err != nil {
		t.Fatal(err)
	}
	want := &MultiLabelPredictions{Classes: first.Classes, IDs: first.IDs, Labels: first.Labels, Probabilities: []float32{0.75, 0.5, 0.5, 0.25, 0.25, 0.625}}
	if diff := cmp.Diff(want, mean, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Error(diff)
	}
}

func TestMeanRegression(t *testing.T) {
	first := &RegressionPredictions{IDs: []string{"x", "y"}, Values: []float64{1, 2}, Answers: []float64{1, 4}}
	second := &RegressionPredictions{IDs: []string{"y", "x"}, Values: []float64{2, 1}, Answers: []float64{2, -1}}
	mean, err := MeanRegression(first, second)
	if want := []float64{0, 3}; err != nil || !slices.Equal(mean.Answers, want) || !slices.Equal(mean.IDs, first.IDs) {
		t.Errorf("%v, %v; expected the answers %v", mean, err, want)
	}
}

// Models for other examples, other classes or other labels have no mean.
func TestMeanRefuses(t *testing.T) {
	make := func(change func(p *Predictions)) *Predictions {
		p := &Predictions{Classes: []string{"bad", "good"}, IDs: []string{"x", "y"}, Labels: []int{0, 1}, Probabilities: []float32{1, 0, 0.5, 0.5}}
		change(p)
		return p
	}
	same := make(func(*Predictions) {})
	for says, models := range map[string][]*Predictions{
		"found 0 models, expected at least 2":           nil,
		"found 1 models, expected at least 2":           {same},
		"model 2: metrics":                              {same, nil},
		`"y" is missing after`:                          {same, make(func(p *Predictions) { p.IDs = []string{"x", "z"} })},
		`has label "good" before and label "bad" after`: {same, make(func(p *Predictions) { p.Labels = []int{0, 0} })},
		`the classes are ["bad" "good"] before`:         {same, make(func(p *Predictions) { p.Classes = []string{"good", "bad"} })},
		`["bad" "fine"] after`:                          {same, make(func(p *Predictions) { p.Classes = []string{"bad", "fine"} })},
		"have no IDs":                                   {same, make(func(p *Predictions) { p.IDs = nil })},
		"its probabilities sum to":                      {same, make(func(p *Predictions) { p.Probabilities[0] = 0.5 })},
	} {
		mean, err := Mean(models...)
		if says == "model 2: metrics" {
			says = "model 2: " + errNoExamples.Error()
		}
		if err == nil || !strings.Contains(err.Error(), says) || mean != nil {
			t.Errorf("got %v, %v, expected an error with %q", mean, err, says)
		}
	}
	for _, classes := range [][]string{{"bad"}, {"bad", "bad"}, {"bad", "fine"}, {"bad", "good", "more"}} {
		if p, err := same.InOrder(classes); err == nil || p != nil {
			t.Errorf("the classes in the order %q: %v", classes, p)
		}
	}
	if _, err := MeanRegression(&RegressionPredictions{IDs: []string{"x"}, Values: []float64{1}, Answers: []float64{1}}, &RegressionPredictions{IDs: []string{"x"}, Values: []float64{2}, Answers: []float64{1}}); !errors.As(err, new(*MismatchError)) {
		t.Errorf("other values: %v", err)
	}
}

// The tags of words have another order too.
func TestTagsInOrder(t *testing.T) {
	p := &TagPredictions{Classes: []string{"O", "B-PER", "I-PER"}, IDs: []string{"x", "y"}, Labels: [][]int{{0, 1, 2}, {1}}, Answers: [][]int{{0, 1, 1}, {0}}}
	got, err := p.InOrder([]string{"B-PER", "I-PER", "O"})
	if err != nil {
		t.Fatal(err)
	}
	want := &TagPredictions{Classes: []string{"B-PER", "I-PER", "O"}, IDs: p.IDs, Labels: [][]int{{2, 0, 1}, {0}}, Answers: [][]int{{2, 0, 0}, {2}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := p.InOrder([]string{"B-PER", "I-PER", "B-LOC"}); err == nil {
		t.Error("other names: no error")
	}
}
