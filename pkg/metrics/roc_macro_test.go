package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/integrate"
)

// classified are n answers of k classes, with ties and better than luck.
func classified(n, k int) *Predictions {
	rng := rand.New(rand.NewPCG(uint64(k), uint64(n)))
	p := &Predictions{}
	for class := range k {
		p.Classes = append(p.Classes, "class "+string(rune('a'+class)))
	}
	for i := range n {
		label := i % k
		p.Labels = append(p.Labels, label)
		for class := range k {
			score := rng.NormFloat64()
			if class == label {
				score++
			}
			p.Logits = append(p.Logits, float32(math.Round(4*score)/4))
		}
	}
	return p
}

// The area below the macro average is the mean of the classes' areas, which
// metrics_test.go compares with scikit-learn's; the curve rises from (0, 0) to (1, 1).
func TestMacroROC(t *testing.T) {
	for _, k := range []int{2, 3, 8, 20} {
		p := classified(300, k)
		m, err := Measure(p)
		if err != nil {
			t.Fatal(err)
		}
		want := 0.0
		for _, c := range m.Classes {
			want += *c.ROCAUC.Value / float64(k)
		}
		roc, leftOut, err := p.MacroROC()
		if err != nil || leftOut != nil {
			t.Fatal(leftOut, err)
		}
		if got := integrate.Trapezoidal(roc.FalsePositives, roc.TruePositives); math.Abs(got-want) > 1e-12 {
			t.Errorf("%d classes: area %v, mean of the classes' areas %v", k, got, want)
		}
		last := len(roc.FalsePositives) - 1
		if !slices.IsSorted(roc.FalsePositives) || !slices.IsSorted(roc.TruePositives) || roc.FalsePositives[0] != 0 || roc.TruePositives[0] != 0 || roc.FalsePositives[last] != 1 || roc.TruePositives[last] != 1 {
			t.Errorf("%d classes: the curve goes from (%v, %v) to (%v, %v), or falls", k, roc.FalsePositives[0], roc.TruePositives[0], roc.FalsePositives[last], roc.TruePositives[last])
		}
	}
}

// By hand: class a is ranked perfectly, class b and class c are not.
func TestMacroROCByHand(t *testing.T) {
	p := &Predictions{
		Classes: []string{"a", "b", "c"}, Labels: []int{0, 1, 2},
		Probabilities: []float32{0.8, 0.1, 0.1, 0.1, 0.3, 0.6, 0.2, 0.5, 0.3},
	}
	// a: (0,0) (0,1) (1,1). b: of the others 0.1 and 0.5, it is 0.3: (0,0) (0.5,0) (0.5,1) (1,1). c: 0.6 above 0.3: the same as b.
	roc, _, err := p.MacroROC()
	if err != nil {
		t.Fatal(err)
	}
	x, y := []float64{0, 0, 0.5, 0.5, 1}, []float64{0, 1. / 3, 1. / 3, 1, 1}
	if len(roc.FalsePositives) != len(x) {
		t.Fatalf("%v, %v", roc.FalsePositives, roc.TruePositives)
	}
	for i := range x {
		if math.Abs(roc.FalsePositives[i]-x[i]) > 1e-12 || math.Abs(roc.TruePositives[i]-y[i]) > 1e-12 {
			t.Errorf("point %d is (%v, %v), want (%v, %v)", i, roc.FalsePositives[i], roc.TruePositives[i], x[i], y[i])
		}
	}
}

// A class without an example has no curve; the mean is that of the others, and says so.
func TestMacroROCWithoutAnExample(t *testing.T) {
	p := classified(60, 3)
	for i := range p.Labels {
		p.Labels[i] = i % 2
	}
	_, leftOut, err := p.MacroROC()
	if err != nil || len(leftOut) != 1 || !strings.Contains(leftOut[0], "class c") {
		t.Errorf("left out %q, %v", leftOut, err)
	}
	for i := range p.Labels {
		p.Labels[i] = 1
	}
	if _, _, err := p.MacroROC(); err == nil || !strings.Contains(err.Error(), "class") {
		t.Errorf("examples of one class: %v", err)
	}
}

// Every curve starts at (0, 0) and ends at (1, 1) to the bit.
func TestROCEndsExactly(t *testing.T) {
	for _, k := range []int{2, 3, 8, 50} {
		for n := k; n < 6*k; n += k - 1 {
			p := classified(n, k)
			for class := range k {
				roc, err := p.ROC(class)
				if err != nil {
					t.Fatal(err)
				}
				last := len(roc.FalsePositives) - 1
				if roc.FalsePositives[0] != 0 || roc.TruePositives[0] != 0 || roc.FalsePositives[last] != 1 || roc.TruePositives[last] != 1 {
					t.Fatalf("%d examples of %d classes: from (%v, %v) to (%v, %v)", n, k, roc.FalsePositives[0], roc.TruePositives[0], roc.FalsePositives[last], roc.TruePositives[last])
				}
			}
		}
	}
}
