// Package dropout is dropout for training graphs (Srivastava et al. 2014), at low cost: the
// mask is a hash of each element's position and of a seed drawn once per call:
//
//	hidden = dropout.Apply(scope, hidden, 0.1) // [batch, seq, hidden]
//
// A compiler can fuse it with neighbouring operations and does not write a tensor of random
// numbers to memory.
package dropout

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Apply zeroes a share p (0 <= p < 1) of x's elements and scales the others by
// 1/(1-p), in graphs that train; elsewhere it returns x. The seed comes from the store's random
// state. It changes in each step, Store.SetRNGStateFromSeed reproduces it, and a restored
// checkpoint continues its sequence.
func Apply(scope *model.Scope, x *graph.Node, p float64) *graph.Node {
	g := x.Graph()
	if p == 0 || !scope.IsTraining(g) {
		return x
	}
	if p >= 1 { // as PyTorch
		return graph.ZerosLike(x)
	}
	dims := x.Shape().Dimensions
	seed := scope.RandomIntN(g, uint32(math.MaxUint32), shapes.Make(dtypes.Uint32, 2))
	part := func(i int) *graph.Node {
		return graph.BroadcastToDims(graph.Reshape(graph.Slice(seed, graph.AxisElem(i))), dims...)
	}
	index := graph.Reshape(graph.Iota(g, shapes.Make(dtypes.Uint32, x.Shape().Size()), 0), dims...)
	bits := mix(graph.Add(index, part(0)))
	bits = mix(graph.BitwiseXor(bits, part(1)))
	drop := graph.LessThan(bits, graph.Scalar(g, dtypes.Uint32, math.Round(p*(1<<32))))
	kept := graph.MulScalar(x, 1/(1-p))
	return graph.Where(drop, graph.ZerosLike(x), kept)
}

// mix is a bijection on 32 bits; every output bit depends about evenly on every input bit. It
// consists of two rounds of xor-shift and multiplication, with the constants of least bias from
// Wellons's search of 2018 ("lowbias32").
func mix(x *graph.Node) *graph.Node {
	g := x.Graph()
	shiftXor := func(x *graph.Node, n int) *graph.Node {
		return graph.BitwiseXor(x, graph.BitwiseShiftRightLogical(x, graph.Scalar(g, dtypes.Uint32, n)))
	}
	x = graph.Mul(shiftXor(x, 16), graph.Scalar(g, dtypes.Uint32, uint32(0x7feb352d)))
	x = graph.Mul(shiftXor(x, 15), graph.Scalar(g, dtypes.Uint32, uint32(0x846ca68b)))
	return shiftXor(x, 16)
}
