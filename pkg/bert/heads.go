package bert

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/dropout"
)

// Logits returns the scores of the classes before softmax, [batch, labels]: the pooled output
// through dropout and a projection.
func (e *Encoder) Logits(root *model.Scope, in Inputs) *graph.Node {
	return e.Classify(root, e.Pooled(root, in))
}

// LogitsFrom is Logits from the hidden states after a number of layers, which StatesAfter
// returns: states [batch, seq, hidden], mask bool [batch, seq]. After NumHiddenLayers layers,
// the state of the first token is enough, [batch, 1, hidden], and mask has no effect.
func (e *Encoder) LogitsFrom(root *model.Scope, states, mask *graph.Node, layers int) *graph.Node {
	return e.Classify(root, e.Pool(root, e.firstStateFrom(root, states, mask, layers)))
}

// PackedLogitsFrom is LogitsFrom for several texts in a row, each of which begins at a multiple of block
// tokens: states [1, seq, hidden], seq a multiple of block, and the mask bool [1, seq, seq] of
// PackedMask. It returns the logits that the first token of every block gives, [seq/block, labels];
// those of blocks that do not begin a text have no meaning.
func (e *Encoder) PackedLogitsFrom(root *model.Scope, states, mask *graph.Node, layers, block int) *graph.Node {
	e.checkLayers(layers)
	if block < 1 || states.Shape().Dim(0) != 1 || states.Shape().Dim(1)%block != 0 {
		exceptions.Panicf("bert: the hidden states are %s, expected one row with a multiple of %d tokens", states.Shape(), block)
	}
	firstOfBlocks := func(x *graph.Node) *graph.Node { // along the second axis
		return graph.Slice(x, graph.AxisRange(), graph.AxisRange().Stride(block))
	}
	return e.packedLogits(root, states, mask, layers, firstOfBlocks)
}

// LogitsAt is Logits for several texts in a row: in has the mask of PackedMask, and firsts are int32
// [batch, k], each 0 to seq-1, the places of k tokens. It returns the logits that these tokens give as the
// first of a text, [batch, k, labels].
func (e *Encoder) LogitsAt(root *model.Scope, in Inputs, firsts *graph.Node) *graph.Node {
	if in.Mask.Rank() != 3 {
		exceptions.Panicf("bert: the mask is %s, expected that of PackedMask, [batch, seq, seq]", in.Mask.Shape())
	}
	logits := e.packedLogits(root, e.embed(root, in), in.Mask, 0, func(x *graph.Node) *graph.Node { return at(x, firsts) })
	return graph.Reshape(logits, firsts.Shape().Dim(0), firsts.Shape().Dim(1), -1)
}

// packedLogits returns the logits of several texts in a row, [batch*k, labels]. firsts returns the k first
// tokens of texts, [batch, k, ...], of [batch, seq, ...].
func (e *Encoder) packedLogits(root *model.Scope, states, mask *graph.Node, layers int, firsts func(x *graph.Node) *graph.Node) *graph.Node {
	last := e.Config.NumHiddenLayers - 1
	x := e.runLayers(root, states, mask, layers, last)
	chosen := firsts(x) // [batch, k, hidden]
	if layers <= last {
		chosen = e.layer(root, last, chosen, x, firsts(mask))
	}
	return e.Classify(root, e.Pool(root, graph.Reshape(chosen, -1, 1, e.Config.HiddenSize)))
}

// at returns the places of x [batch, seq, n], as [batch, k, n]: places are int32 [batch, k], each 0 to
// seq-1.
func at(x, places *graph.Node) *graph.Node {
	batch, seq, n := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2)
	row := graph.Iota(x.Graph(), places.Shape(), 0) // [batch, k]
	index := graph.Add(graph.MulScalar(row, seq), places)
	return graph.Gather(graph.Reshape(x, batch*seq, n), graph.InsertAxes(index, -1))
}

// Classify is Logits from the pooled output [batch, hidden], for graphs that use the pooled
// output elsewhere too, or from hidden states [batch, seq, hidden].
func (e *Encoder) Classify(root *model.Scope, pooled *graph.Node) *graph.Node {
	scope := root.At("classifier")
	labels := variable(scope, "bias").Shape().Dim(0)
	pooled = dropout.Apply(scope, pooled, e.Config.classifierDropout())
	return e.dense(scope, pooled, labels)
}

// TokenLogits returns the scores of the classes of every token before softmax,
// [batch, seq, labels]: the last hidden states through dropout and a projection, as
// transformers' BertForTokenClassification computes them.
func (e *Encoder) TokenLogits(root *model.Scope, in Inputs) *graph.Node {
	return e.Classify(root, e.LastHiddenState(root, in))
}

// TokenLogitsFrom is TokenLogits from the hidden states after a number of layers, which StatesAfter
// returns: states [batch, seq, hidden], mask bool [batch, seq].
func (e *Encoder) TokenLogitsFrom(root *model.Scope, states, mask *graph.Node, layers int) *graph.Node {
	e.checkLayers(layers)
	return e.Classify(root, e.runLayers(root, states, mask, layers, e.Config.NumHiddenLayers))
}

// MaskedLogits returns the scores of the masked-language-model head for every word piece at
// every position, [batch, seq, vocab]. The head's decoder is the word embedding, or, with
// Config.UntiedDecoder, a matrix of its own.
func (e *Encoder) MaskedLogits(root *model.Scope, in Inputs) *graph.Node {
	return e.MaskedHead(root, e.LastHiddenState(root, in))
}

// MaskedLogitsAt returns the scores for every word piece at k positions of each row,
// [batch, k, vocab], from the last hidden states [batch, seq, hidden] and positions int32
// [batch, k], each 0 to seq-1. Masked language modelling needs few positions of each row,
// and the head is the widest part of a small model.
func (e *Encoder) MaskedLogitsAt(root *model.Scope, states, positions *graph.Node) *graph.Node {
	return e.MaskedHead(root, at(states, positions))
}

// MaskedHead returns the scores for every word piece, [batch, k, vocab], from hidden states
// [batch, k, hidden].
func (e *Encoder) MaskedHead(root *model.Scope, states *graph.Node) *graph.Node {
	c := e.Config
	scope := root.At("cls").At("predictions")
	x := e.dense(scope.At("transform").At("dense"), states, c.HiddenSize)
	x = activations[c.HiddenAct](x)
	x = layerNorm(scope.At("transform").At("LayerNorm"), x, c.LayerNormEps) // [batch, seq, hidden]

	if c.UntiedDecoder {
		return e.dense(scope.At("decoder"), x, c.VocabSize)
	}
	words := value(root.At("bert").At("embeddings").At("word_embeddings"), "weight", x)
	scores := graph.Einsum("bsh,vh->bsv", x, words) // [batch, seq, vocab]
	return graph.Add(scores, graph.ExpandLeftToRank(value(scope, "bias", x), 3))
}
