package metrics_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// One of two names is found whole, the other only in part.
func ExampleMeasureTags() {
	p := &metrics.TagPredictions{
		Classes: []string{"B-PER", "I-PER", "O"},
		Labels:  [][]int{{0, 1, 2, 0, 2}, {2, 0, 1, 2}},
		Answers: [][]int{{0, 1, 2, 0, 2}, {2, 0, 2, 2}},
	}
	m, err := metrics.MeasureTags(context.Background(), p, significance.Bootstrap{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("F1 %.3f, precision %.3f, recall %.3f, word accuracy %.3f\n", m.F1, m.Precision, m.Recall, m.Accuracy)
	// Output:
	// F1 0.667, precision 0.667, recall 0.667, word accuracy 0.889
}
