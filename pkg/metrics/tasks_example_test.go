package metrics_test

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Thresholds are fitted on validation examples and decide about others.
func ExampleMeasureMultiLabel() {
	ctx := context.Background()
	validation := &metrics.MultiLabelPredictions{
		Classes:       []string{"funny", "sad"},
		Labels:        [][]int{{0}, {0, 1}, {1}, {}},
		Probabilities: []float32{0.4, 0.1, 0.3, 0.9, 0.2, 0.8, 0.1, 0.2},
	}
	fitted, err := metrics.FitThresholds(validation)
	if err != nil {
		fmt.Println(err)
		return
	}
	test := &metrics.MultiLabelPredictions{
		Classes:       validation.Classes,
		Labels:        [][]int{{0}, {1}, {0}},
		Probabilities: []float32{0.3, 0.1, 0.1, 0.7, 0.4, 0.6},
	}
	for _, f := range fitted {
		fmt.Printf("%s: threshold %.2f\n", f.Class, f.Threshold)
		test.Thresholds = append(test.Thresholds, f.Threshold)
	}
	m, err := metrics.MeasureMultiLabel(ctx, test, significance.Bootstrap{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("micro F1 %.3f, macro F1 %.3f, %.0f %% with exactly the right labels\n", m.MicroF1, m.MacroF1, 100*m.SubsetAccuracy)
	// Output:
	// funny: threshold 0.25
	// sad: threshold 0.50
	// micro F1 0.857, macro F1 0.833, 67 % with exactly the right labels
}

// Two models answer eight texts with a number of stars. All 256 exchanges of their answers are
// counted.
func ExampleCompareRegression() {
	ids := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	stars := []float64{1, 2, 3, 4, 5, 1, 3, 5}
	before := &metrics.RegressionPredictions{IDs: ids, Values: stars, Answers: []float64{3, 3, 3.5, 3, 3, 3, 3, 3}}
	after := &metrics.RegressionPredictions{IDs: ids, Values: stars, Answers: []float64{1.5, 2, 3, 4.5, 4, 1, 2, 4.5}}
	c, err := metrics.CompareRegression(context.Background(), before, after, significance.Bootstrap{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("MAE %.2f before, %.2f after, p = %.3f\n", *c.MAE.Before, *c.MAE.After, c.MAE.Test.PValue)
	fmt.Printf("%d answers are nearer, %d are farther\n", c.Nearer, c.Farther)
	// Output:
	// MAE 1.31 before, 0.44 after, p = 0.055
	// 7 answers are nearer, 1 are farther
}

// A classifier that is too certain: two thirds of its answers are right, with a confidence of 0.98.
func ExampleScaleTemperature() {
	p := &metrics.Predictions{
		Classes: []string{"neg", "pos"},
		Labels:  []int{0, 1, 0, 1, 0, 1},
		Logits:  []float32{4, 0, 0, 4, 4, 0, 4, 0, 0, 4, 0, 4},
	}
	s, err := metrics.ScaleTemperature(p, p)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("temperature %.2f, loss %.3f before and %.3f after\n", s.Temperature, s.Test.LossBefore, s.Test.LossAfter)
	// Output:
	// temperature 5.77, loss 1.351 before and 0.637 after
}
