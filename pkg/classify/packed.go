package classify

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// PackedFor is [Logits.For] for batches of batching.Options.PackedShape, with targets: Build returns the
// logits of each example in the order of the targets, [examples, labels], 0 for filler, or those of every
// token. l.Packed must be set.
//
// A number of one example that is not finite makes the loss not finite, as in rows of their own, and no
// other one can: the scores of other texts and of padding do not enter a softmax, filler has logits 0, and
// places of a row without an example repeat its first one.
func (l Logits) PackedFor(rows *encoding.Rows) Logits {
	packed := l
	_, packed.Extra = l.inputs(len(rows.Extra()) > 0)
	packed.Build = l.Packed
	if !l.PerToken {
		packed.Extra = append(packed.Extra, batching.ExamplesTensor)
		packed.Build = func(root *model.Scope, in batching.Nodes) *graph.Node {
			return logitsAt(l.Packed(root, in), in.Extra[batching.ExamplesTensor])
		}
	}
	return packed
}

// logitsAt returns the logits of examples, [examples, labels], of those of all places of a batch,
// [rows, k, labels]: indices, int32 [examples], are 0 to rows*k-1, or -1 for filler, whose logits are 0.
func logitsAt(logits, indices *graph.Node) *graph.Node {
	none := graph.ZerosLike(indices)
	places := graph.Reshape(logits, -1, logits.Shape().Dim(2))                     // [rows*k, labels]
	chosen := graph.Gather(places, graph.InsertAxes(graph.Max(indices, none), -1)) // [examples, labels]
	real := graph.InsertAxes(graph.GreaterOrEqual(indices, none), -1)              // [examples, 1]
	real = graph.BroadcastToDims(real, chosen.Shape().Dimensions...)               // [examples, labels]
	return graph.Where(real, chosen, graph.ZerosLike(chosen))
}
