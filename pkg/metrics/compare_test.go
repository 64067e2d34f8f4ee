package metrics

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/significance"
)

func compare(t *testing.T, before, after *Predictions) *Comparison {
	t.Helper()
	c, err := Compare(t.Context(), before, after, significance.Bootstrap{Resamples: 500, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// better answers the examples of p, more of them rightly.
func better(p *Predictions, seed uint64) *Predictions {
	q := madeUp(p.Len(), len(p.Classes), seed)
	q.Labels, q.IDs = p.Labels, p.IDs
	random := rand.New(rand.NewPCG(seed, 2))
	for i, label := range q.Labels {
		for class := range p.Classes {
			v := float32(random.NormFloat64())
			if class == label {
				v += 2
			}
			q.Logits[i*len(p.Classes)+class] = v
		}
	}
	return q
}

func TestCompareAgreesWithMeasure(t *testing.T) {
	before := madeUp(300, 3, 1)
	after := better(before, 2)
	c := compare(t, before, after)
	near(t, "accuracy before", c.AccuracyBefore, measure(t, before).Accuracy)
	near(t, "accuracy after", c.AccuracyAfter, measure(t, after).Accuracy)
	near(t, "difference", c.Difference, c.AccuracyAfter-c.AccuracyBefore)
	if c.BothRight+c.Fixed+c.Broken+c.BothWrong != 300 {
		t.Errorf("the four cells do not sum to 300: %+v", c)
	}
	if c.Interval.Low >= c.Difference || c.Interval.High <= c.Difference {
		t.Errorf("the interval %v does not hold the difference %v", c.Interval, c.Difference)
	}
	want, err := significance.McNemarTest(c.Broken, c.Fixed)
	if err != nil || c.Test != want {
		t.Errorf("test is %+v, expected %+v", c.Test, want)
	}
	fixed, broken := 0, 0
	for i, f := range c.Flips {
		if f.Fixed() {
			fixed++
		}
		if f.Broken() {
			broken++
		}
		if f.Before == f.After || before.IDs[f.Index] != f.ID || before.Labels[f.Index] != f.Label {
			t.Errorf("no flip: %+v", f)
		}
		if i > 0 && f.Change() > c.Flips[i-1].Change() {
			t.Errorf("flip %d gained more than the one before it", i)
		}
	}
	if fixed != c.Fixed || broken != c.Broken {
		t.Errorf("flips show %d fixed and %d broken, the cells %d and %d", fixed, broken, c.Fixed, c.Broken)
	}
	if fixed+broken == len(c.Flips) {
		t.Error("with three classes some answer should go from wrong to wrong")
	}
}

func TestCompareMatchesByID(t *testing.T) {
	before := madeUp(100, 2, 1)
	after := better(before, 2)
	order := rand.New(rand.NewPCG(9, 9)).Perm(100)
	if diff := cmp.Diff(compare(t, before, after), compare(t, before, reordered(after, order))); diff != "" {
		t.Error(diff)
	}
}

func TestCompareTheOtherWayRound(t *testing.T) {
	before := madeUp(200, 2, 1)
	after := better(before, 2)
	there, back := compare(t, before, after), compare(t, after, before)
	near(t, "difference", back.Difference, -there.Difference)
	if back.Fixed != there.Broken || back.Broken != there.Fixed || back.Test != there.Test || len(back.Flips) != len(there.Flips) {
		t.Errorf("there %+v, back %+v", there, back)
	}
}

func TestCompareWithItself(t *testing.T) {
	p := madeUp(50, 2, 1)
	c := compare(t, p, p)
	if c.Difference != 0 || c.Test.PValue != 1 || c.Flips == nil || len(c.Flips) != 0 {
		t.Errorf("%+v", c)
	}
	// scipy.stats.binomtest(0, 50).proportion_ci(): equal answers to 50 examples are no proof for others
	near(t, "low", c.Interval.Low, -0.07112173646419762)
	near(t, "high", c.Interval.High, 0.07112173646419762)
}

func TestCompareRefusesOtherExamples(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(p *Predictions)
		id    string
		says  string
	}{
		"renamed":       {func(p *Predictions) { p.IDs[4], p.IDs[7] = "x", "y" }, "review-004", "is missing after"},
		"one more":      {func(p *Predictions) { *p = *madeUp(11, 2, 1) }, "review-010", "is missing before"},
		"another label": {func(p *Predictions) { p.Labels[6] = 1 - p.Labels[6] }, "review-006", "has label"},
		"no IDs":        {func(p *Predictions) { p.IDs = nil }, "", "no IDs"},
		"other classes": {func(p *Predictions) { p.Classes = []string{"bad", "good"} }, "", "the classes are"},
		"unusable":      {func(p *Predictions) { p.Labels[0] = 9 }, "", "compare, after: "},
	} {
		t.Run(name, func(t *testing.T) {
			after := madeUp(10, 2, 1)
			after.Labels = slices.Clone(after.Labels)
			test.spoil(after)
			_, err := Compare(t.Context(), madeUp(10, 2, 1), after, significance.Bootstrap{})
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error is %v, expected it to say %q", err, test.says)
			}
			var mismatch *MismatchError
			if errors.As(err, &mismatch); (mismatch != nil) != (test.id != "") || mismatch != nil && mismatch.ID != test.id {
				t.Errorf("error is %v, expected it to name %q", err, test.id)
			}
		})
	}
}
