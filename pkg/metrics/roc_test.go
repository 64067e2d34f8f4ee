package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// somePredictions are n answers of two classes, with ties and better than luck.
func somePredictions(n int) *Predictions {
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	p := &Predictions{Classes: []string{"bad", "good"}}
	for range n {
		label := rng.IntN(2)
		p.Labels = append(p.Labels, label)
		p.Logits = append(p.Logits, 0, float32(math.Round(4*(rng.NormFloat64()+float64(label))))/4)
	}
	return p
}

// TestROC: each point is a threshold's share of the class and of the rest, counted by
// hand, from nothing to all; the area is the AUC of the metrics.
func TestROC(t *testing.T) {
	p := somePredictions(300)
	for class := range p.Classes {
		roc, err := p.ROC(class)
		if err != nil {
			t.Fatal(err)
		}
		type point struct{ fpr, tpr int } // in billionths: the library rounds
		at := func(fpr, tpr float64) point { return point{int(math.Round(1e9 * fpr)), int(math.Round(1e9 * tpr))} }
		want := map[point]bool{{0, 0}: true}
		for _, threshold := range p.Logits {
			var hits, of [2]float64
			for i, label := range p.Labels {
				score, limit := p.Logits[2*i+1], threshold
				above := score >= limit
				if class == 0 {
					above = score <= limit
				}
				is := 0
				if label == class {
					is = 1
				}
				of[is]++
				if above {
					hits[is]++
				}
			}
			want[at(hits[0]/of[0], hits[1]/of[1])] = true
		}
		area := 0.0
		for i := range roc.FalsePositives {
			x, y := roc.FalsePositives[i], roc.TruePositives[i]
			if !want[at(x, y)] {
				t.Errorf("class %d: no threshold gives (%v, %v)", class, x, y)
			}
			if i > 0 {
				area += (x - roc.FalsePositives[i-1]) * (y + roc.TruePositives[i-1]) / 2
			}
		}
		if n := len(roc.FalsePositives); roc.FalsePositives[0] != 0 || roc.TruePositives[0] != 0 || roc.FalsePositives[n-1] != 1 || roc.TruePositives[n-1] != 1 {
			t.Errorf("class %d goes from (%v, %v) to (%v, %v)", class, roc.FalsePositives[0], roc.TruePositives[0], roc.FalsePositives[n-1], roc.TruePositives[n-1])
		}
		if !slices.IsSorted(roc.FalsePositives) || !slices.IsSorted(roc.TruePositives) {
			t.Errorf("class %d does not ascend", class)
		}
		if auc := *measure(t, p).Classes[class].ROCAUC.Value; math.Abs(area-auc) > 1e-12 || area < 0.6 {
			t.Errorf("class %d has an area of %v, the metrics say %v", class, area, auc)
		}
	}
	for name, c := range map[string]struct {
		p     *Predictions
		class int
		says  string
	}{
		"no such class": {p, 2, "0 to 1"},
		"one class":     {&Predictions{Classes: p.Classes, Labels: []int{1, 1}, Logits: []float32{0, 1, 1, 0}}, 1, "every example"},
		"unusable":      {&Predictions{Classes: p.Classes}, 1, "no examples"},
	} {
		if roc, err := c.p.ROC(c.class); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v", name, roc, err)
		}
	}
}
