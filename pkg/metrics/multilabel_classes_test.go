package metrics

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// severalAndOne returns random predictions of several labels, and for a class the predictions of
// one class per example (absent or present) with the same probabilities.
func severalAndOne(class int) (*MultiLabelPredictions, *Predictions) {
	rng := rand.New(rand.NewPCG(4, 9))
	several := &MultiLabelPredictions{Classes: []string{"a", "b", "c"}}
	one := &Predictions{Classes: []string{"absent", "present"}}
	for range 200 {
		var labels []int
		for c := range several.Classes {
			several.Logits = append(several.Logits, float32(rng.NormFloat64()))
			if rng.IntN(3) == 0 {
				labels = append(labels, c)
			}
		}
		several.Labels = append(several.Labels, labels)
		label := 0
		if slices.Contains(labels, class) {
			label = 1
		}
		one.Labels = append(one.Labels, label)
		// The softmax of 0 and a logit is the logit's sigmoid.
		one.Logits = append(one.Logits, 0, several.Logits[len(several.Logits)-3+class])
	}
	return several, one
}

// A class of several has the curve and the counts of a classifier of two classes.
func TestClassOfSeveralIsAQuestionOfItsOwn(t *testing.T) {
	thresholds := []float64{0.1, 0.45, 0.8}
	var sum float64
	for class := range 3 {
		several, one := severalAndOne(class)
		got, err := several.ROC(class)
		if err != nil {
			t.Fatal(err)
		}
		want, err := one.ROC(1)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("class %d: another curve than that of two classes: %v", class, err)
		}
		counts, err := several.AtThresholds(class, thresholds...)
		if err != nil {
			t.Fatal(err)
		}
		wantCounts, err := one.AtThresholds(1, thresholds...)
		if err != nil || !reflect.DeepEqual(counts, wantCounts) {
			t.Errorf("class %d: counts %v, expected %v, %v", class, counts, wantCounts, err)
		}
		m, err := Measure(one)
		if err != nil {
			t.Fatal(err)
		}
		sum += *m.ROCAUC.Value
	}
	several, _ := severalAndOne(0)
	mean, leftOut, err := several.MacroROC()
	if err != nil || len(leftOut) > 0 {
		t.Fatal(leftOut, err)
	}
	area := 0.0
	for i := 1; i < len(mean.FalsePositives); i++ {
		area += (mean.FalsePositives[i] - mean.FalsePositives[i-1]) * (mean.TruePositives[i] + mean.TruePositives[i-1]) / 2
	}
	if math.Abs(area-sum/3) > 1e-9 {
		t.Errorf("the area of the mean curve is %v, the mean area %v", area, sum/3)
	}
	if _, err := several.ROC(3); err == nil {
		t.Error("class 3 of 3 has a curve")
	}
	if _, err := several.AtThresholds(-1, 0.5); err == nil {
		t.Error("class -1 has counts")
	}
}

// Probabilities that are drawn as such are calibrated; squares of them are not.
func TestCalibrationOfSeveralLabels(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	right, wrong := &MultiLabelPredictions{Classes: []string{"a", "b"}}, &MultiLabelPredictions{Classes: []string{"a", "b"}}
	for range 20_000 {
		var labels []int
		for class := range 2 {
			p := rng.Float64()
			if rng.Float64() < p {
				labels = append(labels, class)
			}
			right.Probabilities, wrong.Probabilities = append(right.Probabilities, float32(p)), append(wrong.Probabilities, float32(p*p))
		}
		right.Labels, wrong.Labels = append(right.Labels, labels), append(wrong.Labels, labels)
	}
	good, err := right.Calibrate(10)
	if err != nil {
		t.Fatal(err)
	}
	bad, err := wrong.Calibrate(10)
	if err != nil {
		t.Fatal(err)
	}
	// p - p² has the mean 1/6; the squared error of p has the mean of p(1-p), also 1/6.
	if good.ECE > 0.02 || math.Abs(bad.ECE-1.0/6) > 0.01 || math.Abs(good.Brier-1.0/6) > 0.005 {
		t.Errorf("ECE %v and %v, Brier %v", good.ECE, bad.ECE, good.Brier)
	}
	total := 0
	for _, b := range good.Bins {
		total += b.Examples
	}
	if total != 40_000 {
		t.Errorf("%d decisions in the bins", total)
	}
	if _, err := right.Calibrate(0); err == nil {
		t.Error("no bins")
	}
}

// The selected examples are measured as if there were no others.
func TestSelect(t *testing.T) {
	several, _ := severalAndOne(0)
	part := several.Select(5, 2, 9)
	if part.Len() != 3 || !reflect.DeepEqual(part.Labels[1], several.Labels[2]) || !slices.Equal(part.Logits[6:], several.Logits[27:30]) || part.Probabilities != nil {
		t.Errorf("selected %+v", part)
	}
	numbers := (&RegressionPredictions{IDs: []string{"a", "b", "c"}, Values: []float64{1, 2, 3}, Answers: []float64{4, 5, 6}}).Select(2, 0)
	if want := (&RegressionPredictions{IDs: []string{"c", "a"}, Values: []float64{3, 1}, Answers: []float64{6, 4}}); !reflect.DeepEqual(numbers, want) {
		t.Errorf("selected %+v, expected %+v", numbers, want)
	}
	groups, err := GroupBy([]int{5, 1, 5, 2}, 2)
	if err != nil || !reflect.DeepEqual(groups, [][]int{{1, 3}, {0, 2}}) {
		t.Errorf("groups %v, %v", groups, err)
	}
	if _, err := GroupBy([]int{1}, 0); err == nil {
		t.Error("no groups")
	}
}
