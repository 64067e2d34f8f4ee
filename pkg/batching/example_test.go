package batching_test

import (
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/batching"
)

// Batches of at most 16 tokens, padding included, of two lengths.
func ExampleNewBatcher() {
	ids := [][]int32{{101, 7, 8, 9, 102}, {101, 5, 102}, {101, 6, 5, 102}, {101, 102}}
	batcher, err := batching.NewBatcher(ids, []int{1, 0, 0, 1}, batching.Options{Lengths: []int{4, 8}, Tokens: 16, Seed: 1})
	if err != nil {
		log.Fatal(err)
	}
	batches := batcher.InOrder()
	for i := range batches.Len() {
		b := batches.At(i)
		fmt.Printf("%dx%d examples %v lengths %v labels %v\n", b.Rows, b.Length, b.Index, b.Lengths, b.Labels)
	}
	// Output:
	// 4x4 examples [2 3] lengths [4 2 0 0] labels [0 1 0 0]
	// 2x8 examples [0 1] lengths [5 3] labels [1 0]
}
