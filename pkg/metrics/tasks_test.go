package metrics

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// madeUpLabels are n examples of some classes with somewhat useful logits.
func madeUpLabels(n, classes int, seed uint64) *MultiLabelPredictions {
	random := rand.New(rand.NewPCG(seed, 2))
	p := &MultiLabelPredictions{Classes: numberedNames(classes), IDs: numberedNames(n)}
	for range n {
		labels := []int{}
		for class := range classes {
			v := random.NormFloat64() - 1
			if random.Float64() < 0.3 {
				labels = append(labels, class)
				v += 2
			}
			p.Logits = append(p.Logits, float32(v))
		}
		p.Labels = append(p.Labels, labels)
	}
	return p
}

func reorderedLabels(p *MultiLabelPredictions, order []int) *MultiLabelPredictions {
	k := len(p.Classes)
	q := &MultiLabelPredictions{Classes: p.Classes, Thresholds: p.Thresholds}
	for _, i := range order {
		q.IDs, q.Labels = append(q.IDs, p.IDs[i]), append(q.Labels, p.Labels[i])
		q.Logits = append(q.Logits, p.Logits[i*k:i*k+k]...)
	}
	return q
}

func madeUpNumbers(n int, noise float64, seed uint64) *RegressionPredictions {
	values, random := rand.New(rand.NewPCG(9, 9)), rand.New(rand.NewPCG(seed, 3))
	p := &RegressionPredictions{IDs: numberedNames(n)}
	for range n {
		v := values.NormFloat64()
		p.Values = append(p.Values, v)
		p.Answers = append(p.Answers, v+noise*random.NormFloat64())
	}
	return p
}

func reorderedNumbers(p *RegressionPredictions, order []int) *RegressionPredictions {
	q := &RegressionPredictions{}
	for _, i := range order {
		q.IDs, q.Values, q.Answers = append(q.IDs, p.IDs[i]), append(q.Values, p.Values[i]), append(q.Answers, p.Answers[i])
	}
	return q
}

// Intervals and p-values too are the same to the bit in any order of the examples.
func TestTaskMetricsDoNotDependOnTheOrder(t *testing.T) {
	order := rand.New(rand.NewPCG(1, 2)).Perm(120)
	before, after := madeUpLabels(120, 4, 1), madeUpLabels(120, 4, 1)
	for i := range after.Logits {
		after.Logits[i] += float32(math.Sin(float64(i)))
	}
	shuffled := reorderedLabels(before, order)
	sameJSON(t, must(MeasureMultiLabel(t.Context(), before, few))(t), must(MeasureMultiLabel(t.Context(), shuffled, few))(t), "loss")
	one, two := must(CompareMultiLabel(t.Context(), before, after, few))(t), must(CompareMultiLabel(t.Context(), shuffled, after, few))(t)
	one.Flips, two.Flips = nil, nil // in the order of the examples before
	sameJSON(t, one, two)

	x, y := madeUpNumbers(120, 1, 1), madeUpNumbers(120, 0.5, 2)
	mixed := reorderedNumbers(x, order)
	sameJSON(t, must(MeasureRegression(t.Context(), x, few))(t), must(MeasureRegression(t.Context(), mixed, few))(t))
	sameJSON(t, must(CompareRegression(t.Context(), x, y, few))(t), must(CompareRegression(t.Context(), mixed, y, few))(t))
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// sameJSON compares results as files have them, except for some fields, which are sums over the
// examples.
func sameJSON(t *testing.T, got, want any, except ...string) {
	t.Helper()
	var maps [2]map[string]any
	for i, v := range []any{got, want} {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &maps[i]); err != nil {
			t.Fatal(err)
		}
		for _, name := range except {
			delete(maps[i], name)
		}
	}
	if !reflect.DeepEqual(maps[0], maps[1]) {
		t.Errorf("%v\ndiffers from\n%v", maps[0], maps[1])
	}
}

func TestPerfectLabels(t *testing.T) {
	labels := [][]int{{0}, {0, 2}, {}, {1}, {1, 2}}
	m := must(MeasureMultiLabel(t.Context(), certainly(3, labels, labels), few))(t)
	if m.MicroF1 != 1 || m.MacroF1 != 1 || m.SubsetAccuracy != 1 || m.HammingLoss != 0 || *m.ROCAUC.Value != 1 || m.MicroF1Interval.High != 1 {
		t.Errorf("%+v", m)
	}
	if text := m.String(); !strings.Contains(text, "micro F1  1.000, no interval: ") || !strings.Contains(text, "95 % interval 56.6 to 100.0") {
		t.Errorf("five examples without a mistake are no proof:\n%s", text)
	}
	c := must(CompareMultiLabel(t.Context(), certainly(3, labels, labels), certainly(3, labels, labels), few))(t)
	if c.MicroF1.Test.PValue != 1 || *c.MicroF1.Difference.Value != 0 || c.Fixed != 0 || c.Broken != 0 || len(c.Flips) != 0 {
		t.Errorf("the same predictions differ: %+v", c)
	}
}

// A classifier without answers, for examples without classes, divides nowhere by zero.
func TestNoLabelsAtAll(t *testing.T) {
	none := [][]int{{}, {}, {}}
	m := must(MeasureMultiLabel(t.Context(), certainly(2, none, none), few))(t)
	if m.MicroF1 != 0 || m.MacroF1 != 0 || m.SubsetAccuracy != 1 || m.ROCAUC.Value != nil || m.ROCAUC.Reason == "" {
		t.Errorf("%+v", m)
	}
	if _, err := json.Marshal(m); err != nil {
		t.Error(err)
	}
}

func TestFlipsOfLabels(t *testing.T) {
	labels := [][]int{{0}, {0, 1}, {2}}
	before := certainly(3, labels, [][]int{{0}, {2}, {2}})
	after := certainly(3, labels, [][]int{{0, 1}, {0, 1}, {2}})
	c := must(CompareMultiLabel(t.Context(), before, after, few))(t)
	want := []MultiLabelFlip{
		{Index: 1, ID: "n001", Labels: []int{0, 1}, Before: []int{2}, After: []int{0, 1}},
		{Index: 0, ID: "n000", Labels: []int{0}, Before: []int{0}, After: []int{0, 1}},
	}
	if !reflect.DeepEqual(c.Flips, want) || c.Fixed != 3 || c.Broken != 1 {
		t.Errorf("flips %+v, fixed %d, broken %d", c.Flips, c.Fixed, c.Broken)
	}
	if c.Flips[0].Change() != 3 || c.Flips[1].Change() != -1 {
		t.Errorf("changes %d and %d", c.Flips[0].Change(), c.Flips[1].Change())
	}
}

func TestConstantNumbers(t *testing.T) {
	constant := &RegressionPredictions{Values: []float64{0.1, 0.1, 0.1}, Answers: []float64{1, 2, 3}}
	m := must(MeasureRegression(t.Context(), constant, few))(t)
	for what, e := range map[string]significance.Estimate{"Pearson": m.Pearson, "Spearman": m.Spearman, "R2": m.R2} {
		if e.Value != nil || e.Interval != nil || e.Reason != "every value is 0.1" {
			t.Errorf("%s of constant values is %v", what, e)
		}
	}
	if m.PearsonFisher != nil || m.MAE.Value == nil {
		t.Errorf("%+v", m)
	}
	p := madeUpNumbers(30, 1, 1)
	mean := &RegressionPredictions{IDs: p.IDs, Values: p.Values, Answers: make([]float64, 30)}
	m = must(MeasureRegression(t.Context(), mean, few))(t)
	if m.Pearson.Reason != "every answer is 0" || m.R2.Value == nil {
		t.Errorf("%+v", m)
	}
	c := must(CompareRegression(t.Context(), mean, p, few))(t)
	if c.Pearson.Before != nil || c.Pearson.After == nil || c.Pearson.Difference.Value != nil || c.Pearson.Test != nil || c.Pearson.Difference.Reason != "every answer before is 0" {
		t.Errorf("%+v", c.Pearson)
	}
	if c.MAE.Test == nil || c.MAE.Difference.Value == nil {
		t.Errorf("%+v", c.MAE)
	}
	text, err := json.Marshal(c)
	if err != nil || !strings.Contains(string(text), `"difference":{"value":null,"reason":"every answer before is 0"}`) {
		t.Errorf("%s, %v", text, err)
	}
}

// Of two different values a resample often has only one, and no correlation.
func TestIntervalOfTooFewExamples(t *testing.T) {
	m := must(MeasureRegression(t.Context(), &RegressionPredictions{Values: []float64{1, 2, 3}, Answers: []float64{1, 2, 4}}, few))(t)
	if m.Pearson.Value == nil || m.Pearson.Interval != nil || m.Pearson.Reason == "" {
		t.Errorf("%+v", m.Pearson)
	}
	one := must(MeasureRegression(t.Context(), &RegressionPredictions{Values: []float64{1}, Answers: []float64{2}}, few))(t)
	if one.Pearson.Value != nil || *one.MAE.Value != 1 {
		t.Errorf("%+v", one)
	}
}

func TestPerfectAndScaledAnswers(t *testing.T) {
	p := madeUpNumbers(50, 0, 1)
	m := must(MeasureRegression(t.Context(), p, few))(t)
	near(t, "Pearson of perfect answers", *m.Pearson.Value, 1)
	near(t, "Spearman of perfect answers", *m.Spearman.Value, 1)
	if *m.MAE.Value != 0 || *m.R2.Value != 1 || m.Pearson.Interval != nil || m.PearsonFisher != nil {
		t.Errorf("%+v", m)
	}
	noisy := madeUpNumbers(50, 1, 1)
	want := must(MeasureRegression(t.Context(), noisy, few))(t)
	scaled := &RegressionPredictions{IDs: noisy.IDs, Values: noisy.Values}
	for _, v := range noisy.Answers {
		scaled.Answers = append(scaled.Answers, 1e6*v-3e6)
	}
	got := must(MeasureRegression(t.Context(), scaled, few))(t)
	near(t, "Pearson of scaled answers", *got.Pearson.Value, *want.Pearson.Value)
	near(t, "Spearman of scaled answers", *got.Spearman.Value, *want.Spearman.Value)
	c := must(CompareRegression(t.Context(), noisy, scaled, few))(t)
	if c.Pearson.Test.PValue != 1 || c.Spearman.Test.PValue != 1 {
		t.Errorf("the same answers in another unit differ: %+v, %+v", c.Pearson.Test, c.Spearman.Test)
	}
}

// The p-value of random exchanges is small for a large difference, and never 0.
func TestRandomPermutations(t *testing.T) {
	bad, good := madeUpNumbers(200, 3, 1), madeUpNumbers(200, 0.1, 2)
	c := must(CompareRegression(t.Context(), bad, good, few))(t)
	for what, d := range map[string]significance.PairedDifference{"MAE": c.MAE, "RMSE": c.RMSE, "Pearson": c.Pearson, "Spearman": c.Spearman} {
		if d.Test.Exact || d.Test.Exchanges != 200 || d.Test.PValue != 1./201 {
			t.Errorf("%s: %+v", what, d.Test)
		}
	}
	if !(c.MAE.Difference.Interval.High < 0) || !(c.Pearson.Difference.Interval.Low > 0) || c.Nearer <= c.Farther {
		t.Errorf("%+v", c)
	}
	back := must(CompareRegression(t.Context(), good, bad, few))(t)
	near(t, "difference", *back.MAE.Difference.Value, -*c.MAE.Difference.Value)
	if back.Nearer != c.Farther {
		t.Errorf("nearer %d, expected %d", back.Nearer, c.Farther)
	}
}

// Under the null hypothesis the p-values are uniform: a tenth of them is at most 0.1.
func TestPermutationOfEqualModels(t *testing.T) {
	small := 0
	for seed := range uint64(100) {
		x, y := madeUpNumbers(20, 1, 2*seed+1), madeUpNumbers(20, 1, 2*seed+2)
		if must(CompareRegression(t.Context(), x, y, few))(t).MAE.Test.PValue <= 0.1 {
			small++
		}
	}
	if small < 2 || small > 20 {
		t.Errorf("%d of 100 p-values are at most 0.1, expected about 10", small)
	}
}

func TestThresholdOfAClassWithoutExamples(t *testing.T) {
	p := certainly(2, [][]int{{0}, {0}, {}}, [][]int{{1}, {0}, {}})
	fitted := must(FitThresholds(p))(t)
	if fitted[1].Threshold != 0.5 || fitted[1].Reason == "" || fitted[0].Reason != "" {
		t.Errorf("%+v", fitted)
	}
	// Giving the class to every example is best for the other one: 2 hits of 3.
	if f := fitted[0]; f.Support != 2 || f.F1 != 0.8 || f.F1AtHalf != 2./3 || !(f.Threshold > 0 && f.Threshold < 0.1) {
		t.Errorf("%+v", f)
	}
}

func TestTemperatureLimits(t *testing.T) {
	right := &Predictions{Classes: classNames[:2], Labels: []int{0, 1}, Logits: []float32{1, 0, 0, 1}}
	wrong := &Predictions{Classes: classNames[:2], Labels: []int{1, 0}, Logits: right.Logits}
	for want, p := range map[float64]*Predictions{coldest: right, hottest: wrong} {
		s := must(ScaleTemperature(p, p))(t)
		if !s.AtLimit || s.Temperature != want || s.Validation.LossAfter >= s.Validation.LossBefore || !strings.Contains(s.String(), "limit") {
			t.Errorf("%+v", s)
		}
	}
	other := &Predictions{Classes: []string{"a", "b"}, Labels: []int{0}, Logits: []float32{1, 0}}
	if _, err := ScaleTemperature(right, other); err == nil {
		t.Error("other classes are accepted")
	}
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if _, err := right.WithTemperature(bad); err == nil {
			t.Errorf("temperature %v is accepted", bad)
		}
	}
}

// Scaled predictions have the answers of the others, and the loss that was promised.
func TestWithTemperature(t *testing.T) {
	p := madeUp(100, 3, 8)
	s := must(ScaleTemperature(p, p))(t)
	q := must(p.WithTemperature(s.Temperature))(t)
	got, want := measure(t, q), measure(t, p)
	if got.Accuracy != want.Accuracy || got.MacroF1 != want.MacroF1 {
		t.Error("a temperature changes the answers")
	}
	if math.Abs(got.Loss-s.Test.LossAfter) > 1e-6 { // the logits are float32
		t.Errorf("loss %v, expected %v", got.Loss, s.Test.LossAfter)
	}
	probabilities := &Predictions{Classes: classNames[:2], Labels: []int{0, 1}, Probabilities: []float32{0.25, 0.75, 0, 1}}
	same := must(probabilities.WithTemperature(1))(t)
	near(t, "loss of the logarithms", measure(t, same).Loss, measure(t, &Predictions{Classes: classNames[:2], Labels: []int{0, 1}, Logits: same.Logits}).Loss)
	if math.Abs(measure(t, same).Loss-measure(t, probabilities).Loss) > 1e-6 {
		t.Error("a temperature of 1 changes the loss")
	}
}

func TestConfused(t *testing.T) {
	p := &Predictions{Classes: classNames, Labels: []int{0, 0, 0, 1, 1, 2}, Probabilities: []float32{
		0, 1, 0, 0 /**/, 0, 1, 0, 0 /**/, 1, 0, 0, 0 /**/, 1, 0, 0, 0 /**/, 0, 1, 0, 0 /**/, 1, 0, 0, 0,
	}}
	m := measure(t, p)
	want := []ConfusedPair{
		{Right: 0, Answered: 1, Examples: 2, Share: 2. / 3, Reverse: 1},
		{Right: 2, Answered: 0, Examples: 1, Share: 1},
		{Right: 1, Answered: 0, Examples: 1, Share: 0.5, Reverse: 2},
	}
	if got := m.Confused(10); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
	if got := m.Confused(1); !reflect.DeepEqual(got, want[:1]) {
		t.Errorf("%+v", got)
	}
	if got := m.Confused(-1); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// A file of an earlier version has no weighted F1; the classes hold what it needs.
func TestMetricsOfAnEarlierVersion(t *testing.T) {
	m := measure(t, madeUp(60, 3, 4))
	text, err := json.Marshal(m)
	if err != nil || !strings.Contains(string(text), `"weighted_f1":`) {
		t.Fatalf("%s, %v", text, err)
	}
	m.WeightedF1 = nil
	if text, err = json.Marshal(m); err != nil {
		t.Fatal(err)
	}
	var old Metrics
	if err := json.Unmarshal(text, &old); err != nil || old.WeightedF1 != nil || !strings.Contains(old.String(), "weighted by class size 0.") {
		t.Errorf("%v, %v", old.String(), err)
	}
}

func TestTaskMismatches(t *testing.T) {
	a, b := madeUpLabels(3, 2, 1), madeUpLabels(3, 2, 1)
	b.IDs = []string{"n000", "n001", "other"}
	var mismatch *MismatchError
	if _, err := CompareMultiLabel(t.Context(), a, b, few); !errors.As(err, &mismatch) || mismatch.ID != "n002" {
		t.Errorf("error is %v", err)
	}
	b = madeUpLabels(3, 2, 1)
	b.Classes = []string{"x", "y"}
	if _, err := CompareMultiLabel(t.Context(), a, b, few); err == nil || !strings.Contains(err.Error(), "the classes are") {
		t.Errorf("error is %v", err)
	}
	x, y := madeUpNumbers(3, 1, 1), madeUpNumbers(3, 1, 2)
	y.Values = []float64{7, 8, 9}
	if _, err := CompareRegression(t.Context(), x, y, few); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "has value") {
		t.Errorf("error is %v", err)
	}
	y.IDs = nil
	if _, err := CompareRegression(t.Context(), x, y, few); err == nil || !strings.Contains(err.Error(), "no IDs") {
		t.Errorf("error is %v", err)
	}
}
