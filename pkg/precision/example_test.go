package precision_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/precision"
)

// A program reads the name of a format, for example from a flag. Hugging Face's "bf16" is another name.
func ExamplePrecision_Validate() {
	for _, name := range []string{"bfloat16", "bf16"} {
		if err := precision.Precision(name).Validate(); err != nil {
			fmt.Println("--precision", err)
			continue
		}
		fmt.Println(name, "is known")
	}
	// Output:
	// bfloat16 is known
	// --precision is "bf16", expected "float32" or "bfloat16"
}
