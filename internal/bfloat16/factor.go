package bfloat16

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
)

// Rounds reports whether a backend is one of [Products].
func Rounds(b compute.Backend) bool {
	_, ok := b.(*backend)
	return ok
}

// Factor rounds x, of which a network only computes products in bfloat16, and returns the function
// that converts the rounded node, or a node that equals it, back to float32:
//
//	half, restore := bfloat16.Factor(query)
//	scores := products(restore(half.Checkpoint()))
//
// The products round x themselves, so that they and all gradients are the same to the bit. The
// backward pass keeps half the bytes. restore is called once.
//
// The gradient passes restore and Factor in float32. That of a conversion, which is rounded like
// the values, would not.
func Factor(x *graph.Node) (half *graph.Node, restore func(half *graph.Node) *graph.Node) {
	var gradient *graph.Node // of the last backward pass that reached restore, which comes before x
	outer := graph.IdentityWithCustomGradient(x, func(_, _ *graph.Node) *graph.Node { return gradient })
	return graph.ConvertDType(outer, dtypes.BFloat16), func(half *graph.Node) *graph.Node {
		return graph.IdentityWithCustomGradient(graph.ConvertDType(half, x.DType()), func(_, v *graph.Node) *graph.Node {
			gradient = v
			return v
		})
	}
}
