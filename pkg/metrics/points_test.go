package metrics

import (
	"math/rand/v2"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// The numbers without intervals are those of the full measurements, to the bit.
func TestSummaries(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	several := &MultiLabelPredictions{Classes: []string{"a", "b", "c"}}
	numbers := &RegressionPredictions{}
	for range 50 {
		labels := []int{}
		for class := range several.Classes {
			several.Logits = append(several.Logits, float32(random.NormFloat64()))
			if random.IntN(2) == 0 {
				labels = append(labels, class)
			}
		}
		several.Labels = append(several.Labels, labels)
		numbers.Values = append(numbers.Values, random.NormFloat64())
		numbers.Answers = append(numbers.Answers, random.NormFloat64())
	}
	m, err := MeasureMultiLabel(t.Context(), several, significance.Bootstrap{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	short, err := SummarizeMultiLabel(several)
	if err != nil {
		t.Fatal(err)
	}
	if want := (MultiLabelSummary{m.Examples, m.Loss, m.SubsetAccuracy, m.HammingLoss, m.MicroF1, m.MacroF1}); *short != want {
		t.Errorf("several labels: %+v, expected %+v", *short, want)
	}
	r, err := MeasureRegression(t.Context(), numbers, significance.Bootstrap{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	s, err := SummarizeRegression(numbers)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]float64{
		"Pearson": {*s.Pearson, *r.Pearson.Value}, "Spearman": {*s.Spearman, *r.Spearman.Value},
		"MAE": {s.MAE, *r.MAE.Value}, "RMSE": {s.RMSE, *r.RMSE.Value}, "R2": {*s.R2, *r.R2.Value},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %v, expected %v", name, pair[0], pair[1])
		}
	}
	for i := range numbers.Answers {
		numbers.Answers[i] = 2
	}
	if s, err = SummarizeRegression(numbers); err != nil || s.Pearson != nil || s.Spearman != nil || s.R2 == nil {
		t.Errorf("equal answers: %+v, %v", s, err)
	}
	if _, err := SummarizeRegression(&RegressionPredictions{}); err == nil {
		t.Error("no error without examples")
	}
	several.Labels[3] = []int{9}
	if _, err := SummarizeMultiLabel(several); err == nil {
		t.Error("no error for an unknown class")
	}
}
