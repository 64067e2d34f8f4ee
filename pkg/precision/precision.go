// Package precision names the number formats of matrix products and of cached hidden states.
//
//	e := finetune.Experiment{Training: finetune.Training{Precision: precision.BFloat16}}
//
// Trained weights, gradients and all other operations are float32 with either format.
package precision

import "fmt"

// Precision is a number format.
type Precision string

const (
	// Float32 computes as PyTorch does by default.
	Float32 Precision = "float32"
	// BFloat16 rounds the factors of matrix products to bfloat16 and sums in float32, as
	// PyTorch's automatic mixed precision does. Frozen matrices are kept rounded, in half
	// the memory. On XLA it is faster on processors with AMX and on AMD's with avx512_bf16, and
	// slower on Intel's with avx512_bf16 only (bench/RESULTS.md).
	BFloat16 Precision = "bfloat16"
)

// Validate returns an error if p is neither Float32 nor BFloat16. Its text starts with "is", so
// that a caller can put a field's name before it.
func (p Precision) Validate() error {
	if p == Float32 || p == BFloat16 {
		return nil
	}
	return fmt.Errorf("is %q, expected %q or %q", p, Float32, BFloat16)
}
