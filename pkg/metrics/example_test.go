package metrics_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// Four reviews, the logits that a classifier gave them, and what that is worth.
func ExampleMeasure() {
	m, err := metrics.Measure(&metrics.Predictions{
		Classes: []string{"neg", "pos"},
		Labels:  []int{0, 0, 1, 1},
		Logits: []float32{
			2.0, -1.0,
			0.5, 0.0,
			0.1, 0.3,
			1.0, 0.8, // wrong
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("accuracy %.2f (%.2f to %.2f), loss %.3f, F1 %.3f, ROC AUC %s\n",
		m.Accuracy, m.AccuracyInterval.Low, m.AccuracyInterval.High, m.Loss, *m.F1, m.ROCAUC)
	fmt.Println("confusion", m.Confusion)
	// Output:
	// accuracy 0.75 (0.30 to 0.95), loss 0.480, F1 0.667, ROC AUC 1.0000
	// confusion [[2 0] [1 1]]
}
