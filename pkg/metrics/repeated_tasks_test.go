package metrics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/lorabook/lorabook/pkg/significance"
)

// The means are the entity F1 of the trainings, and the interval of one pair of trainings is about
// that of the paired bootstrap over sentences, which makes no linear approximation.
func TestRepeatedTags(t *testing.T) {
	ctx, bootstrap := context.Background(), significance.Bootstrap{Resamples: 4000, Seed: 1}
	first, second := noisyTags(300, 0.3, 1), noisyTags(300, 0.25, 2)
	r, err := CompareRepeatedTags([]*TagPredictions{first}, []*TagPredictions{second})
	if err != nil {
		t.Fatal(err)
	}
	c, err := CompareTags(ctx, first, second, bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.First-*c.F1.Before) > 1e-12 || math.Abs(r.Second-*c.F1.After) > 1e-12 || math.Abs(r.Difference-*c.F1.Difference.Value) > 1e-12 {
		t.Errorf("%+v, expected %v", r, c.F1)
	}
	width, want := r.Interval.High-r.Interval.Low, c.F1.Difference.Interval.High-c.F1.Difference.Interval.Low
	if math.Abs(width-want) > 0.1*want {
		t.Errorf("the interval has the width %v, the bootstrap's %v", width, want)
	}
	if d := r.PValue - c.F1.Test.PValue; math.Abs(d) > 0.02 {
		t.Errorf("p %v, the permutation test's %v", r.PValue, c.F1.Test.PValue)
	}
	// Other trainings of the same kinds, the examples in another order.
	reversed := noisyTags(300, 0.25, 4)
	slices.Reverse(reversed.IDs)
	slices.Reverse(reversed.Labels)
	slices.Reverse(reversed.Answers)
	two, err := CompareRepeatedTags([]*TagPredictions{first, noisyTags(300, 0.3, 3)}, []*TagPredictions{second, reversed})
	if err != nil || two.Trainings != 2 || two.Interval.High-two.Interval.Low >= width || two.PValue > 0.05 {
		t.Errorf("%+v, %v", two, err)
	}
	same, err := CompareRepeatedTags([]*TagPredictions{first}, []*TagPredictions{first})
	if err != nil || same.Difference != 0 || same.PValue != 1 {
		t.Errorf("%+v, %v", same, err)
	}
	reversed.IDs[0] = "other"
	if _, err := CompareRepeatedTags([]*TagPredictions{first}, []*TagPredictions{reversed}); !errors.As(err, new(*MismatchError)) {
		t.Error(err)
	}
}

// noisyLabels returns predictions of three classes with a share of random answers.
func noisyLabels(n int, wrong float64, seed uint64) *MultiLabelPredictions {
	truth, noise := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(seed, 2))
	p := &MultiLabelPredictions{Classes: []string{"a", "b", "c"}}
	for i := range n {
		labels := []int{}
		for class := range p.Classes {
			has := truth.IntN(3) == 0
			if has {
				labels = append(labels, class)
			}
			if noise.Float64() < wrong {
				has = noise.IntN(3) == 0
			}
			p.Logits = append(p.Logits, map[bool]float32{true: 1, false: -1}[has])
		}
		p.IDs, p.Labels = append(p.IDs, fmt.Sprint(i)), append(p.Labels, labels)
	}
	return p
}

func TestRepeatedMultiLabel(t *testing.T) {
	ctx, bootstrap := context.Background(), significance.Bootstrap{Resamples: 4000, Seed: 1}
	first, second := noisyLabels(300, 0.5, 1), noisyLabels(300, 0.4, 2)
	r, err := CompareRepeatedMultiLabel([]*MultiLabelPredictions{first}, []*MultiLabelPredictions{second})
	if err != nil {
		t.Fatal(err)
	}
	c, err := CompareMultiLabel(ctx, first, second, bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(r.First-*c.MicroF1.Before) > 1e-12 || math.Abs(r.Second-*c.MicroF1.After) > 1e-12 {
		t.Errorf("%+v, expected %v", r, c.MicroF1)
	}
	width, want := r.Interval.High-r.Interval.Low, c.MicroF1.Difference.Interval.High-c.MicroF1.Difference.Interval.Low
	if math.Abs(width-want) > 0.1*want {
		t.Errorf("the interval has the width %v, the bootstrap's %v", width, want)
	}
	other := noisyLabels(300, 0.4, 2)
	other.Classes = []string{"a", "b", "d"}
	if _, err := CompareRepeatedMultiLabel([]*MultiLabelPredictions{first}, []*MultiLabelPredictions{other}); err == nil {
		t.Error("other classes are compared")
	}
}

// With one training it is the paired t-test of the absolute errors, in any unit.
func TestRepeatedRegression(t *testing.T) {
	for _, unit := range []float64{1, 1e-8, 1e6} {
		random := rand.New(rand.NewPCG(3, 4))
		first, second := &RegressionPredictions{}, &RegressionPredictions{}
		var differences []float64
		for i := range 80 {
			value := unit * random.NormFloat64()
			a, b := value+unit*random.NormFloat64(), value+0.7*unit*random.NormFloat64()
			for _, p := range []*RegressionPredictions{first, second} {
				p.IDs, p.Values = append(p.IDs, fmt.Sprint(i)), append(p.Values, value)
			}
			first.Answers, second.Answers = append(first.Answers, a), append(second.Answers, b)
			differences = append(differences, math.Abs(b-value)-math.Abs(a-value))
		}
		r, err := CompareRepeatedRegression([]*RegressionPredictions{first}, []*RegressionPredictions{second})
		if err != nil {
			t.Fatal(err)
		}
		mean, deviation := stat.MeanStdDev(differences, nil)
		want := mean / (deviation / math.Sqrt(80))
		if math.Abs(r.Statistic-want) > 1e-9 || r.DegreesOfFreedom != 79 || math.Abs(r.Difference-mean) > 1e-12*unit || r.Interval.Low >= mean || r.Interval.High <= mean {
			t.Errorf("unit %v: %+v, expected t %v", unit, r, want)
		}
		// The same change of every answer has no variance: the sign test, and no limit of 1.
		shifted := &RegressionPredictions{IDs: first.IDs, Values: first.Values, Answers: slices.Clone(first.Values)}
		for i := range shifted.Answers {
			shifted.Answers[i] += 4 * unit
		}
		exact := &RegressionPredictions{IDs: first.IDs, Values: first.Values, Answers: first.Values}
		r, err = CompareRepeatedRegression([]*RegressionPredictions{exact}, []*RegressionPredictions{shifted})
		if err != nil || math.Abs(r.Difference-4*unit) > 1e-9*unit || r.PValue > 1e-20 || r.Interval.High < 3.9*unit || r.Interval.High > 4.1*unit {
			t.Errorf("unit %v: %+v, %v", unit, r, err)
		}
	}
}
