package splits_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/splits"
)

// The embedded sample has a training and a test half. The validation examples are held out of the
// training half. The same seed draws the same examples.
func ExampleConfig_Choose() {
	ctx := context.Background()
	config := splits.Config{Source: "sample", Train: 100, Validation: 20}.WithDefaults(1)
	if err := config.Validate(); err != nil {
		log.Fatal(err)
	}
	set, err := config.Open(ctx, data.SingleLabel)
	if err != nil {
		log.Fatal(err)
	}
	examples, err := config.Choose(ctx, set, 1)
	if err != nil {
		log.Fatal(err)
	}
	again, err := config.Choose(ctx, set, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(examples.Train), "training,", len(examples.Validation), "validation,", len(examples.Test), "test examples of", examples.Labels)
	fmt.Println("the same again:", config.Record(examples, 1).Train.Digest == config.Record(again, 1).Train.Digest)

	config.Train = 1000 // more than the sample has
	_, err = config.Choose(ctx, set, 1)
	fmt.Println(err)
	// Output:
	// 100 training, 20 validation, 200 test examples of [neg pos]
	// the same again: true
	// experiment: data.train cannot draw 1000 of 380 examples with 2 labels: expected at least one of each label and at most all examples; -1 takes all
}
