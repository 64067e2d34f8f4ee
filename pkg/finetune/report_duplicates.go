package finetune

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/evaluation"
)

// WithoutDuplicates is the evaluation after the training without the test examples that have a
// duplicate among the training examples: on these the model can recall the answer.
type WithoutDuplicates struct {
	Left  int              `json:"left_out"` // test examples with a duplicate
	Kinds duplicates.Count `json:"kinds"`    // their numbers by the closest kind
	// After is the evaluation of the other test examples; nil if there are none.
	After *evaluation.Evaluation `json:"after,omitempty"`
}

// withoutDuplicates evaluates the predictions after the training without the test examples that have a
// duplicate among the examples of the training; nil if no test example has one. Examples that
// Data.DropDuplicates left out of the training do not count.
func (r *Run) withoutDuplicates(ctx context.Context, after *classify.TaskPredictions) (*WithoutDuplicates, error) {
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	if first := examples.Duplicates; first != nil && len(examples.Dropped) == 0 && first.Count("test", "train").Total() == 0 {
		return nil, nil
	}
	found, err := duplicates.Find(ctx, duplicates.Part{Name: "train", Examples: examples.Train}, duplicates.Part{Name: "test", Examples: examples.Test})
	if err != nil {
		return nil, err
	}
	duplicate := found.InEarlierParts(1, duplicates.Near)
	if len(duplicate) == 0 {
		return nil, nil
	}
	out := &WithoutDuplicates{Left: len(duplicate), Kinds: found.Count("test", "train")}
	left := make(map[int]bool, len(duplicate))
	for _, i := range duplicate {
		left[i] = true
	}
	var others []int
	for i := range examples.Test {
		if !left[i] {
			others = append(others, i)
		}
	}
	if len(others) == 0 {
		return out, nil
	}
	out.After, err = evaluation.Measure(ctx, after.Select(others...), r.Experiment.Seed)
	return out, err
}

// String states the numbers of test examples and the metrics without those that have a duplicate.
func (w *WithoutDuplicates) String() string {
	text := fmt.Sprintf("%s test examples have a duplicate among the training examples (%s)", numerals.Count(w.Left), w.Kinds.Kinds())
	if w.After == nil {
		return text + ": no other test example is left"
	}
	return text + "; without them, after the training: " + w.After.Main()
}
