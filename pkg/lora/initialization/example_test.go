package initialization_test

import (
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/lora/initialization"
)

// A and B of one module are drawn by seed and module name.
func Example() {
	method, err := initialization.Find(initialization.Gaussian)
	if err != nil {
		log.Fatal(err)
	}
	query := initialization.Module{Name: "layer.0.query", In: 768, Out: 768, Rank: 8, Scaling: 1}
	A, B, err := method.Matrices(query, 42, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("A begins with %.3f, B with %.3f\n", A[:2], B[:2])
	// Output:
	// A begins with [0.236 0.073], B with [0.000 0.000]
}
