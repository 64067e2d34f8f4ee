package sampling_test

import (
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// A validation set is held out first; a small training set is drawn from what
// is left. Both keep the classes' shares.
func Example() {
	var reviews []data.Example
	for i := range 100 {
		reviews = append(reviews, data.Example{Text: "...", Label: min(i%4, 1)}) // 25 and 75
	}
	s := sampling.For(data.SingleLabel, []string{"neg", "pos"}, 42)
	rest, validation, err := sampling.Split(s, reviews, 20)
	if err != nil {
		log.Fatal(err)
	}
	training, err := sampling.Subset(s, rest, 40)
	if err != nil {
		log.Fatal(err)
	}
	for _, part := range [][]data.Example{validation, training} {
		counts, err := data.Counts(part, 2)
		fmt.Println(len(part), counts, err)
	}
	// Output:
	// 20 [5 15] <nil>
	// 40 [10 30] <nil>
}
