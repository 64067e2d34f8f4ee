package bert

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/dropout"
)

// Encoder builds BERT's graph. Its methods are graph-building functions: they
// panic on a misuse, as GoMLX's do, and take the root scope of the model's Store.
type Encoder struct {
	Config Config

	// Dense builds every projection; nil means Linear. An adapter decorates it:
	//
	//	encoder.Dense = adapter.Wrap(bert.Linear)
	Dense Dense

	// Embedding looks up every embedding; nil means Lookup. An adapter decorates it:
	//
	//	encoder.Embedding = adapter.WrapEmbedding(bert.Lookup)
	Embedding Embedding
}

// dense calls the projection of the module.
func (e *Encoder) dense(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	if e.Dense == nil {
		return Linear(scope, x, out)
	}
	return e.Dense(scope, x, out)
}

// lookup looks rows of the module up.
func (e *Encoder) lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	if e.Embedding == nil {
		return Lookup(scope, ids)
	}
	return e.Embedding(scope, ids)
}

// HiddenStates returns the output of the embeddings and of every layer, each
// [batch, seq, hidden]: NumHiddenLayers+1 nodes, as transformers'
// output_hidden_states does.
func (e *Encoder) HiddenStates(root *model.Scope, in Inputs) []*graph.Node {
	states := []*graph.Node{e.embed(root, in)}
	for i := range e.Config.NumHiddenLayers {
		x := states[i]
		states = append(states, e.layer(root, i, x, x, in.Mask))
	}
	return states
}

// LastHiddenState returns the last layer's output [batch, seq, hidden].
func (e *Encoder) LastHiddenState(root *model.Scope, in Inputs) *graph.Node {
	return e.StatesAt(root, in, e.Config.NumHiddenLayers)
}

// StatesAt returns the output of the embeddings and of so many layers, 0 to
// NumHiddenLayers, [batch, seq, hidden]. LogitsFrom is the rest of the network.
func (e *Encoder) StatesAt(root *model.Scope, in Inputs, layers int) *graph.Node {
	e.checkLayers(layers)
	return e.through(root, e.embed(root, in), in.Mask, 0, layers)
}

// FirstState returns the last layer's output for the first token, [batch, 1, hidden]:
// all that the pooler reads. Of that layer it computes what the token needs: the others
// are there as keys and values.
func (e *Encoder) FirstState(root *model.Scope, in Inputs) *graph.Node {
	return e.firstFrom(root, e.StatesAt(root, in, 0), in.Mask, 0)
}

// firstFrom is FirstState from the states after so many layers.
func (e *Encoder) firstFrom(root *model.Scope, states, mask *graph.Node, layers int) *graph.Node {
	e.checkLayers(layers)
	last := e.Config.NumHiddenLayers - 1
	if layers > last {
		return states
	}
	x := e.through(root, states, mask, layers, last)
	return e.layer(root, last, graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, 1)), x, mask)
}

// through takes x [batch, seq, hidden] through the layers from one to before another.
func (e *Encoder) through(root *model.Scope, x, mask *graph.Node, from, to int) *graph.Node {
	for i := from; i < to; i++ {
		x = e.layer(root, i, x, x, mask)
	}
	return x
}

func (e *Encoder) checkLayers(layers int) {
	if n := e.Config.NumHiddenLayers; layers < 0 || layers > n {
		exceptions.Panicf("bert: states after %d layers: the model has %d", layers, n)
	}
}

// Pooled returns tanh(W·h+b) of the first token's last state h, [batch, hidden].
func (e *Encoder) Pooled(root *model.Scope, in Inputs) *graph.Node {
	return e.Pool(root, e.FirstState(root, in))
}

// Pool is Pooled from the last states [batch, seq, hidden], for graphs that need both.
func (e *Encoder) Pool(root *model.Scope, states *graph.Node) *graph.Node {
	first := graph.Squeeze(graph.Slice(states, graph.AxisRange(), graph.AxisElem(0)), 1) // [batch, hidden]
	return graph.Tanh(e.dense(root.At("bert").At("pooler").At("dense"), first, e.Config.HiddenSize))
}

// embed sums the word, position and token-type embeddings and normalises them.
func (e *Encoder) embed(root *model.Scope, in Inputs) *graph.Node {
	c, g, scope := e.Config, in.IDs.Graph(), root.At("bert").At("embeddings")
	seq := in.IDs.Shape().Dim(1)
	if seq > c.MaxPositionEmbeddings {
		exceptions.Panicf("bert: input of %d tokens, the model takes at most %d", seq, c.MaxPositionEmbeddings)
	}
	x := e.lookup(scope.At("word_embeddings"), in.IDs) // [batch, seq, hidden]

	types := in.TypeIDs
	if types == nil {
		types = graph.Zeros(g, shapes.Make(dtypes.Int32, 1, 1))
	}
	x = graph.Add(x, e.lookup(scope.At("token_type_embeddings"), types))
	positions := graph.Iota(g, shapes.Make(dtypes.Int32, 1, seq), 1)
	x = graph.Add(x, e.lookup(scope.At("position_embeddings"), positions)) // [1, seq, hidden]
	x = layerNorm(scope.At("LayerNorm"), x, c.LayerNormEps)
	return dropout.Apply(scope, x, c.HiddenDropout)
}

// layer is transformer layer i, post-norm as in the paper, of the tokens from
// [batch, tokens, hidden], which attend to x [batch, seq, hidden]: all of x, or some.
func (e *Encoder) layer(root *model.Scope, i int, from, x, mask *graph.Node) *graph.Node {
	c := e.Config
	scope := root.At("bert").At("encoder").At("layer").At("%d", i)
	attention := scope.At("attention")
	y := e.selfAttention(attention.At("self"), from, x, mask)
	x = e.residual(attention.At("output"), y, from)

	y = e.dense(scope.At("intermediate").At("dense"), x, c.IntermediateSize) // [batch, seq, intermediate]
	y = recomputed(scope, func(in []*graph.Node) *graph.Node { return activations[c.HiddenAct](in[0]) }, y)
	return e.residual(scope.At("output"), y, x)
}

// residual projects y back to the hidden size and adds it to x, normalised.
func (e *Encoder) residual(scope *model.Scope, y, x *graph.Node) *graph.Node {
	y = e.dense(scope.At("dense"), y, e.Config.HiddenSize) // [batch, seq, hidden]
	y = dropout.Apply(scope, y, e.Config.HiddenDropout)
	return layerNorm(scope.At("LayerNorm"), graph.Add(x, y), e.Config.LayerNormEps)
}

// masked is added to the score of a padding token. Its exponential is 0 in float32
// next to any real token's, and a row of padding alone stays finite.
const masked = -1e9

// selfAttention is softmax(Q·Kᵀ/√d)·V over all heads: queries of from [batch, tokens,
// hidden], keys and values of x [batch, seq, hidden]; mask is bool [batch, seq].
func (e *Encoder) selfAttention(scope *model.Scope, from, x, mask *graph.Node) *graph.Node {
	c := e.Config
	heads := func(name string, x *graph.Node) *graph.Node {
		y := e.dense(scope.At("%s", name), x, c.HiddenSize)                                            // [batch, tokens, hidden]
		return graph.Reshape(y, x.Shape().Dim(0), x.Shape().Dim(1), c.NumAttentionHeads, c.headSize()) // [batch, tokens, heads, size]
	}
	y := recomputed(scope, func(in []*graph.Node) *graph.Node {
		return e.attend(scope, in[0], in[1], in[2], mask)
	}, heads("query", from), heads("key", x), heads("value", x))
	return graph.Reshape(y, from.Shape().Dim(0), from.Shape().Dim(1), c.HiddenSize)
}

// attend is selfAttention of query [batch, tokens, heads, size], key and value [batch, seq,
// heads, size].
func (e *Encoder) attend(scope *model.Scope, query, key, value, mask *graph.Node) *graph.Node {
	c, g := e.Config, query.Graph()
	scores := graph.Einsum("bqhd,bkhd->bhqk", query, key) // [batch, heads, tokens, seq]
	scores = graph.Mul(scores, graph.Scalar(g, scores.DType(), 1/math.Sqrt(float64(c.headSize()))))
	hidden := graph.Where(mask, graph.Scalar(g, scores.DType(), 0), graph.Scalar(g, scores.DType(), masked)) // [batch, seq]
	hidden = graph.BroadcastToDims(graph.InsertAxes(hidden, 1, 1), scores.Shape().Dimensions...)
	weights := graph.Softmax(graph.Add(scores, hidden), -1)
	weights = dropout.Apply(scope, weights, c.AttentionDropout)
	return graph.Einsum("bhqk,bkhd->bqhd", weights, value) // [batch, tokens, heads, size]
}

// recomputed is f of the inputs. In training only these are kept for the backward pass,
// which computes f again: what is wide and cheap would fill memory, and to write it there
// and read it costs more than to compute it (Chen et al., "Training Deep Nets with
// Sublinear Memory Cost", 2016).
func recomputed(scope *model.Scope, f func(inputs []*graph.Node) *graph.Node, inputs ...*graph.Node) *graph.Node {
	if !scope.IsTraining(inputs[0].Graph()) {
		return f(inputs)
	}
	kept := make([]*graph.Node, len(inputs))
	for i, x := range inputs {
		kept[i] = x.Checkpoint()
	}
	return f(kept).StopCheckpoint()
}
