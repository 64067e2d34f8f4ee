package duplicates_test

import (
	"context"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
)

// Texts that were trained on say nothing when they are measured on.
func ExampleFind() {
	example := func(id, text string) data.Example { return data.Example{ID: id, Text: text} }
	found, err := duplicates.Find(context.Background(),
		duplicates.Part{Name: "test", Examples: []data.Example{
			example("test/1", "The soup was cold, the waiter was not there, and we went home."),
			example("test/2", "We will be back."),
		}},
		duplicates.Part{Name: "train", Examples: []data.Example{
			example("train/1", "We will be back!"),
			example("train/2", "The soup was cold, the waiter was not there, and we went home hungry."),
			example("train/3", "The cake was as good as the view."),
		}})
	if err != nil {
		log.Fatal(err)
	}
	for _, count := range found.Counts {
		fmt.Println(count)
		fmt.Println("  such as", count.Examples[0])
	}
	fmt.Println("leave out of train:", found.Redundant(1, duplicates.Near))
	// Output:
	// test examples with a copy in train: 1 of the same letters, 1 near
	//   such as test/1 (test) and train/2 (train)
	// train examples with a copy in test: 1 of the same letters, 1 near
	//   such as train/1 (train) and test/2 (test)
	// leave out of train: [0 1]
}
