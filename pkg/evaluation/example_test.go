package evaluation_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// predictions are those of a model for four letters of customers.
func predictions(logits ...float32) *classify.TaskPredictions {
	return &classify.TaskPredictions{SingleLabel: &metrics.Predictions{
		Classes: []string{"complaint", "praise"},
		IDs:     []string{"1", "2", "3", "4"},
		Labels:  []int{0, 1, 0, 1},
		Logits:  logits,
	}}
}

// The same code measures and compares the predictions of every task. Four letters show little: the
// intervals say so.
func ExampleCompare() {
	ctx := context.Background()
	before := predictions(1, 0, 1, 0, 1, 0, 1, 0) // "complaint" for each
	after := predictions(3, 0, 0, 2, 2, 0, 0, 4)
	e, err := evaluation.Measure(ctx, after, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(e.Main())
	c, err := evaluation.Compare(ctx, before, after, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c)
	// Output:
	// accuracy 1.0000, 95 % interval 0.510 to 1.000, on 4 examples
	// accuracy   50.0 % before, 100.0 % after, on the same 4 examples
	// difference +50.0 points, 95 % interval +0.0 to +100.0
	// McNemar p = 0.5: 2 predictions became correct, 0 became wrong
}
