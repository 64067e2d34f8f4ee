// Package bfloat16 computes the matrix products of a compute engine in bfloat16: the factors are
// rounded to bfloat16 and the products are summed in float32. All other operations, weights and
// gradients stay float32. PyTorch calls this automatic mixed precision. On processors with AMX, and on
// AMD's with avx512_bf16, XLA's plugin computes such products in about half the time.
//
//	e, err := engine.Shared()
//	if err != nil {
//		return err
//	}
//	backend := bfloat16.Products(e.Backend)
//
// It decorates the engine, so that graphs need no change and the products of gradients are
// included. GoMLX's own ways were measured to be slower: the plugin converts a product with a
// bfloat16 result, or with a float32 accumulator, to float32, and is then slower than with
// float32 factors.
//
// On other engines than XLA the rounded factors are multiplied in float32, with the same values up
// to the order of the sums. The pure Go engine's own bfloat16 products are slower than its float32
// ones on processors without avx512_bf16, and wrong with AVX2 (compute v0.1.3 and v0.1.14).
//
// [AppendBytes] and [FromBytes] convert such numbers to and from their bytes in files.
package bfloat16

import "github.com/gomlx/compute"

// backend is an engine that builds its graphs with builder. It wraps its buffers too, since GoMLX
// compares the engine of a buffer.
type backend struct {
	compute.Backend
	native bool // the engine multiplies bfloat16 matrices
}

// Products returns the engine b with products of float32 matrices in bfloat16. The two cannot
// exchange buffers.
func Products(b compute.Backend) compute.Backend { return &backend{b, b.Name() == "xla"} }

func (b *backend) Description() string {
	return b.Backend.Description() + ", matrix products in bfloat16"
}

func (b *backend) Builder(name string) compute.Builder {
	return &builder{b.Backend.Builder(name), b}
}
