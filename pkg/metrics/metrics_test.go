package metrics

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
)

func measure(t *testing.T, p *Predictions) *Metrics {
	t.Helper()
	m, err := Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestMetricsDoNotDependOnTheOrder(t *testing.T) {
	p := madeUp(200, 3, 5)
	want := measure(t, p)
	got := measure(t, reordered(p, rand.New(rand.NewPCG(1, 2)).Perm(200)))
	near(t, "accuracy", got.Accuracy, want.Accuracy)
	near(t, "loss", got.Loss, want.Loss)
	near(t, "macro F1", got.MacroF1, want.MacroF1)
	near(t, "AUC", *got.ROCAUC.Value, *want.ROCAUC.Value)
	near(t, "ECE", got.Calibration.ECE, want.Calibration.ECE)
	near(t, "Brier", got.Calibration.Brier, want.Calibration.Brier)
}

func TestAUCOfSwappedClasses(t *testing.T) {
	p := madeUp(150, 2, 6)
	area := *measure(t, p).ROCAUC.Value
	swapped := &Predictions{Classes: p.Classes, Labels: make([]int, 150), Logits: make([]float32, 300)}
	negated := &Predictions{Classes: p.Classes, Labels: p.Labels, Logits: make([]float32, 300)}
	for i, label := range p.Labels {
		swapped.Labels[i] = 1 - label
		swapped.Logits[2*i], swapped.Logits[2*i+1] = p.Logits[2*i+1], p.Logits[2*i]
		negated.Logits[2*i], negated.Logits[2*i+1] = p.Logits[2*i+1], p.Logits[2*i]
	}
	near(t, "AUC with classes and scores swapped", *measure(t, swapped).ROCAUC.Value, area)
	near(t, "AUC with scores swapped", *measure(t, negated).ROCAUC.Value, 1-area)
}

// By its definition, over all pairs, ties counting half.
func TestAUCCountsPairs(t *testing.T) {
	p := &Predictions{Classes: classNames[:2], Labels: []int{1, 0, 1, 1, 0}, Logits: []float32{0, 3, 0, 3, 0, 1, 0, 5, 0, 2}}
	near(t, "AUC", *measure(t, p).ROCAUC.Value, (0.5+1+0+0+1+1)/6)
}

// Logits so far apart that every probability rounds to 1 still rank.
func TestAUCOfSaturatedProbabilities(t *testing.T) {
	p := &Predictions{Classes: classNames[:2], Labels: []int{0, 1, 0, 1}, Logits: []float32{0, 50, 0, 60, 0, 55, 0, 70}}
	near(t, "AUC", *measure(t, p).ROCAUC.Value, 1)
}

func TestAUCWithoutAClassIsNullWithAReason(t *testing.T) {
	p := madeUp(20, 3, 7)
	for i := range p.Labels {
		p.Labels[i] = min(p.Labels[i], 1)
	}
	m := measure(t, p)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	const want = `"roc_auc":{"value":null,"reason":"no example is of class mixed"}`
	if !strings.Contains(string(text), want) || m.ROCAUC.Value != nil {
		t.Errorf("expected %s in %s", want, text)
	}
	if m.Classes[0].ROCAUC.Value == nil {
		t.Errorf("the AUC of a class that is there is %s", m.Classes[0].ROCAUC)
	}

	only := &Predictions{Classes: classNames[:2], Labels: []int{1, 1}, Logits: []float32{0, 1, 1, 0}}
	if got := measure(t, only).ROCAUC; got.Value != nil || got.Reason != "every example is of class pos" {
		t.Errorf("AUC of one class alone is %s", got)
	}
}

// A constant added to all logits of an example changes nothing, however large.
func TestLossIsStable(t *testing.T) {
	p := &Predictions{Classes: classNames[:2], Labels: []int{0, 1}, Logits: []float32{0, 1, 1, 0}}
	q := &Predictions{Classes: p.Classes, Labels: p.Labels, Logits: []float32{1e6, 1e6 + 1, -1e6 + 1, -1e6}}
	near(t, "loss", measure(t, q).Loss, measure(t, p).Loss)
	far := &Predictions{Classes: p.Classes, Labels: []int{0}, Logits: []float32{-3e38, 3e38}}
	near(t, "loss of the largest logits", measure(t, far).Loss, 2*float64(float32(3e38)))
}

func TestTiedLogitsAnswerTheFirstClass(t *testing.T) {
	p := &Predictions{Classes: classNames[:3], Labels: []int{0, 1}, Logits: []float32{2, 2, 2, 0, 2, 2}}
	if m := measure(t, p); m.Accuracy != 1 {
		t.Errorf("accuracy is %v, expected 1", m.Accuracy)
	}
}
