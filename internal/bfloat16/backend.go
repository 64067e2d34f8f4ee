// Package bfloat16 makes the matrix products of a compute engine in bfloat16: factors
// are rounded to it, products summed in float32. Everything else stays float32, weights
// and gradients as well: what PyTorch calls automatic mixed precision. On processors
// with matrix units for bfloat16 (AMX, avx512_bf16) XLA's plugin makes such products in
// about half the time.
//
// It is a decorator around the engine, so graphs need no change, and the products of
// their gradients are made likewise. Measured against the ways that GoMLX offers: a
// product with a bfloat16 result, or with the accumulator said to be float32, is
// converted to float32 by the plugin, and slower than plain float32.
//
// [AppendBytes] and [FromBytes] are how such numbers stand in files.
package bfloat16

import "github.com/gomlx/compute"

// backend is an engine whose graphs are built by builder. Its buffers are wrapped too:
// GoMLX asks each which engine it lies on.
type backend struct{ compute.Backend }

// Products returns the engine b with its products of float32 matrices made in bfloat16.
// Buffers of the one cannot be given to the other.
func Products(b compute.Backend) compute.Backend { return &backend{b} }

func (b *backend) Description() string {
	return b.Backend.Description() + ", matrix products in bfloat16"
}

func (b *backend) Builder(name string) compute.Builder {
	return &builder{b.Backend.Builder(name), b}
}
