package metrics

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// repeatedReference is the content of testdata/repeated_reference.json.
type repeatedReference struct {
	Cases []struct {
		Name                           string
		First, Second                  [][]int
		Difference, Statistic, Freedom float64
		PValue                         float64 `json:"p_value"`
		Low, High                      float64
	}
	Holm []struct{ P, Adjusted []float64 }
}

func readRepeated(t *testing.T) (r repeatedReference) {
	t.Helper()
	content, err := os.ReadFile("testdata/repeated_reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Cases) == 0 || len(r.Holm) == 0 {
		t.Fatal("the reference lacks a part")
	}
	return r
}

// trainings returns predictions with the given right ones (1), each with the examples in
// another order.
func trainings(right [][]int) []*Predictions {
	var all []*Predictions
	for s, row := range right {
		p := &Predictions{Classes: []string{"no", "yes"}}
		for k := range row {
			i := (k + 3*s) % len(row)
			label := i % 2
			logits := []float32{0, 0}
			logits[label] = float32(2*row[i] - 1)
			p.IDs, p.Labels, p.Logits = append(p.IDs, fmt.Sprint(i)), append(p.Labels, label), append(p.Logits, logits...)
		}
		all = append(all, p)
	}
	return all
}

func TestCompareRepeatedAgainstStatsmodels(t *testing.T) {
	for _, c := range readRepeated(t).Cases {
		t.Run(c.Name, func(t *testing.T) {
			r, err := CompareRepeated(trainings(c.First), trainings(c.Second))
			if err != nil {
				t.Fatal(err)
			}
			near(t, "difference", r.Difference, c.Difference)
			near(t, "difference of the accuracies", r.Second-r.First, c.Difference)
			near(t, "t", r.Statistic, c.Statistic)
			near(t, "degrees of freedom", r.DegreesOfFreedom, c.Freedom)
			near(t, "p", r.PValue, c.PValue)
			near(t, "low", r.Interval.Low, max(-1, c.Low))
			near(t, "high", r.Interval.High, min(1, c.High))
			if r.Examples != len(c.First[0]) || r.Trainings != len(c.First) {
				t.Errorf("%d examples, %d trainings", r.Examples, r.Trainings)
			}
			back, err := CompareRepeated(trainings(c.Second), trainings(c.First))
			if err != nil {
				t.Fatal(err)
			}
			near(t, "difference, sides exchanged", back.Difference, -c.Difference)
			near(t, "p, sides exchanged", back.PValue, c.PValue)
		})
	}
}

// Without a true difference, about 5 % of the tests have p below 0.05, although the accuracy of
// the trainings varies by some points. A test that treats all pairs of example and training as
// independent would find many more.
func TestCompareRepeatedFalsePositives(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const studies, n, seeds = 600, 120, 3
	found, naive := 0, 0
	for range studies {
		difficulty := make([]float64, n)
		for i := range difficulty {
			difficulty[i] = 1 + rng.NormFloat64()
		}
		side := func() (out [][]int) {
			for range seeds {
				shift, row := 0.5*rng.NormFloat64(), make([]int, n)
				for i := range row {
					if difficulty[i]+shift+rng.NormFloat64() > 0 {
						row[i] = 1
					}
				}
				out = append(out, row)
			}
			return out
		}
		a, b := side(), side()
		r, err := CompareRepeated(trainings(a), trainings(b))
		if err != nil {
			t.Fatal(err)
		}
		if r.PValue < 0.05 {
			found++
		}
		variance := 0.0
		for s := range a {
			for i := range a[s] {
				variance += square(float64(b[s][i]-a[s][i])-r.Difference) / (n * seeds)
			}
		}
		if math.Abs(r.Difference) > 1.96*math.Sqrt(variance/(n*seeds)) {
			naive++
		}
	}
	t.Logf("%d of %d false positives, %d of a test that ignores the trainings", found, studies, naive)
	if found > studies*8/100 || found < studies/100 {
		t.Errorf("%d of %d tests without a true difference have p below 0.05, expected about 5 %%", found, studies)
	}
	if naive < studies*15/100 {
		t.Errorf("the simulated trainings vary too little to distinguish the tests: %d of %d", naive, studies)
	}
}

// Equal predictions have no difference, whatever they are. Four examples prove little about others:
// scipy.stats.binomtest(0, 4).proportion_ci().
func TestCompareRepeatedEqual(t *testing.T) {
	a := [][]int{{1, 0, 1, 1}, {1, 1, 0, 1}, {0, 1, 1, 1}}
	r, err := CompareRepeated(trainings(a), trainings(a))
	if err != nil || r.PValue != 1 || r.Difference != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	near(t, "low", r.Interval.Low, -0.6023646356164747)
	near(t, "high", r.Interval.High, 0.6023646356164747)
}

// Two examples that change alike in every training are weak evidence: the exact sign test, and
// the interval of Clopper and Pearson.
func TestCompareRepeatedWithoutVariance(t *testing.T) {
	wrong, right := trainings([][]int{{0, 0}, {0, 0}}), trainings([][]int{{1, 1}, {1, 1}})
	const bound = 2*0.15811388300841897 - 1 // 0.025 to the power of 1/2
	for name, c := range map[string]struct {
		first, second         []*Predictions
		difference, low, high float64
	}{
		"better": {wrong, right, 1, bound, 1},
		"worse":  {right, wrong, -1, -1, -bound},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := CompareRepeated(c.first, c.second)
			if err != nil {
				t.Fatal(err)
			}
			if r.PValue != 0.5 || r.Difference != c.difference || math.Abs(r.Interval.Low-c.low) > 1e-12 || math.Abs(r.Interval.High-c.high) > 1e-12 {
				t.Errorf("%+v, expected p 0.5 and %g, %g to %g", r, c.difference, c.low, c.high)
			}
		})
	}
}

func TestCompareRepeatedRefuses(t *testing.T) {
	a := trainings([][]int{{1, 0, 1}, {1, 1, 0}})
	var mismatch *MismatchError
	other := trainings([][]int{{1, 0, 1, 1}, {1, 1, 0, 1}})
	if _, err := CompareRepeated(a, other); !errors.As(err, &mismatch) {
		t.Errorf("other examples: %v", err)
	}
	if _, err := CompareRepeated(a, a[:1]); err == nil || !strings.Contains(err.Error(), "2 trainings of the first kind and 1") {
		t.Errorf("other numbers: %v", err)
	}
	if _, err := CompareRepeated(nil, nil); err == nil {
		t.Error("no trainings")
	}
	single := trainings([][]int{{1}})
	if _, err := CompareRepeated(single, single); err == nil || !strings.Contains(err.Error(), "at least two") {
		t.Errorf("one example: %v", err)
	}
}

func TestHolmAgainstStatsmodels(t *testing.T) {
	for _, h := range readRepeated(t).Holm {
		got, err := significance.Holm(h.P...)
		if err != nil || !slices.EqualFunc(got, h.Adjusted, func(a, b float64) bool { return math.Abs(a-b) <= 1e-15 }) {
			t.Errorf("%v: %v, expected %v, %v", h.P, got, h.Adjusted, err)
		}
	}
	for _, p := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := significance.Holm(0.5, p); err == nil || !strings.Contains(err.Error(), "p-value 1") {
			t.Errorf("%v: %v", p, err)
		}
	}
	if got, err := significance.Holm(); err != nil || len(got) != 0 {
		t.Errorf("no p-values: %v, %v", got, err)
	}
}
