package metrics

import (
	"math"
	"testing"
)

func TestAtThresholds(t *testing.T) {
	p := &Predictions{
		Classes: []string{"neg", "pos"}, Labels: []int{1, 1, 1, 0, 0},
		Probabilities: []float32{0.25, 0.75, 0.5, 0.5, 0.875, 0.125, 0.375, 0.625, 1, 0},
	}
	counts, err := p.AtThresholds(1, 0, 0.5, 0.625, 0.76, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []ThresholdCounts{
		{0, 3, 2, 0, 0}, {0.5, 2, 1, 1, 1}, {0.625, 1, 1, 2, 1}, {0.76, 0, 0, 3, 2}, {1, 0, 0, 3, 2},
	} {
		if counts[i] != want {
			t.Errorf("counts %+v, expected %+v", counts[i], want)
		}
	}
	c := counts[1]
	for name, pair := range map[string][2]float64{
		"accuracy": {c.Accuracy(), 0.6}, "precision": {c.Precision(), 2.0 / 3}, "recall": {c.Recall(), 2.0 / 3}, "F1": {c.F1(), 2.0 / 3},
		"precision of none": {counts[4].Precision(), 0}, "F1 of none": {counts[4].F1(), 0}, "accuracy of none": {counts[4].Accuracy(), 0.4},
	} {
		if math.Abs(pair[0]-pair[1]) > 1e-15 {
			t.Errorf("%s is %v, expected %v", name, pair[0], pair[1])
		}
	}
	for _, class := range []int{-1, 2} {
		if _, err := p.AtThresholds(class, 0.5); err == nil {
			t.Errorf("class %d is accepted", class)
		}
	}
	if _, err := (&Predictions{}).AtThresholds(0, 0.5); err == nil {
		t.Error("no predictions are accepted")
	}
}

// At 0.5 the decisions agree with Measure, for either class.
func TestThresholdOfOneHalf(t *testing.T) {
	p := &Predictions{Classes: []string{"a", "b"}, Labels: []int{0, 1, 1, 0}, Logits: []float32{1, 2, 0, 3, 4, 1, 2, -1}}
	m, err := Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	for class, want := range m.Classes {
		counts, err := p.AtThresholds(class, 0.5)
		if err != nil {
			t.Fatal(err)
		}
		if c := counts[0]; c.Accuracy() != m.Accuracy || c.Precision() != want.Precision || c.Recall() != want.Recall || c.F1() != want.F1 {
			t.Errorf("class %d: %+v, measured %+v", class, c, want)
		}
	}
}
