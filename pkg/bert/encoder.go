package bert

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/dropout"
)

// Encoder builds BERT's computation graph. Its methods are graph-building functions: they take
// the root scope of the model's Store and panic on misuse, as GoMLX's do.
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

// WithWords returns a copy of the encoder for which words, [batch, seq, hidden], are the word embeddings
// of the tokens: their rows are an input of the graph ([Words.Tensor]), and the graph does not read their
// variable. Other embeddings are looked up as before. A decorated lookup of words has no effect.
func (e *Encoder) WithWords(words *graph.Node) *Encoder {
	with := *e
	with.Embedding = func(scope *model.Scope, ids *graph.Node) *graph.Node {
		if dotted.Name(scope.Scope()+"/weight") == WordEmbeddings {
			return words
		}
		return e.lookup(scope, ids)
	}
	return &with
}

// dense calls the projection of the module.
func (e *Encoder) dense(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	if e.Dense == nil {
		return Linear(scope, x, out)
	}
	return e.Dense(scope, x, out)
}

// lookup calls the embedding of the module.
func (e *Encoder) lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	if e.Embedding == nil {
		return Lookup(scope, ids)
	}
	return e.Embedding(scope, ids)
}

// HiddenStates returns the outputs of the embeddings and of every layer, each
// [batch, seq, hidden]: NumHiddenLayers+1 nodes, as transformers' output_hidden_states.
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
	return e.StatesAfter(root, in, e.Config.NumHiddenLayers)
}

// StatesAfter returns the hidden states after a number of layers, 0 to NumHiddenLayers:
// [batch, seq, hidden]. LogitsFrom and TokenLogitsFrom compute the rest of the network.
func (e *Encoder) StatesAfter(root *model.Scope, in Inputs, layers int) *graph.Node {
	e.checkLayers(layers)
	return e.runLayers(root, e.embed(root, in), in.Mask, 0, layers)
}

// StatesFrom applies the layers first to end-1 to the hidden states x [batch, seq, hidden] of the
// layer before them; mask is that of Inputs.
func (e *Encoder) StatesFrom(root *model.Scope, x, mask *graph.Node, first, end int) *graph.Node {
	e.checkLayers(first)
	e.checkLayers(end)
	return e.runLayers(root, x, mask, first, end)
}

// FirstState returns the last layer's output for the first token, [batch, 1, hidden], which
// is the pooler's input. The last layer computes only this token's query; the other tokens
// serve as keys and values.
func (e *Encoder) FirstState(root *model.Scope, in Inputs) *graph.Node {
	return e.firstStateFrom(root, e.StatesAfter(root, in, 0), in.Mask, 0)
}

// firstStateFrom is FirstState from the hidden states after a number of layers.
func (e *Encoder) firstStateFrom(root *model.Scope, states, mask *graph.Node, layers int) *graph.Node {
	e.checkLayers(layers)
	last := e.Config.NumHiddenLayers - 1
	if layers > last {
		return states
	}
	x := e.runLayers(root, states, mask, layers, last)
	first := func(x *graph.Node) *graph.Node { return graph.Slice(x, graph.AxisRange(), graph.AxisRange(0, 1)) }
	if mask.Rank() == 3 {
		mask = first(mask)
	}
	return e.layer(root, last, first(x), x, mask)
}

// runLayers applies the layers first to end-1 to x [batch, seq, hidden].
func (e *Encoder) runLayers(root *model.Scope, x, mask *graph.Node, first, end int) *graph.Node {
	for i := first; i < end; i++ {
		x = e.layer(root, i, x, x, mask)
	}
	return x
}

func (e *Encoder) checkLayers(layers int) {
	if n := e.Config.NumHiddenLayers; layers < 0 || layers > n {
		exceptions.Panicf("bert: states after %d layers, expected 0 to %d, the number of the model's layers", layers, n)
	}
}

// Pooled returns tanh(W·h+b), [batch, hidden], for the first token's last hidden state h.
func (e *Encoder) Pooled(root *model.Scope, in Inputs) *graph.Node {
	return e.Pool(root, e.FirstState(root, in))
}

// Pool is Pooled from the last hidden states [batch, seq, hidden], for graphs that need both.
func (e *Encoder) Pool(root *model.Scope, states *graph.Node) *graph.Node {
	first := graph.Squeeze(graph.Slice(states, graph.AxisRange(), graph.AxisElem(0)), 1) // [batch, hidden]
	return tanh(e.dense(root.At("bert").At("pooler").At("dense"), first, e.Config.HiddenSize))
}

// tanh is the hyperbolic tangent of x, NaN for NaN, so that hidden states that overflowed do not look
// like others: the Go backend of compute v0.1.14 gives -1 if it is compiled with GOEXPERIMENT=simd.
func tanh(x *graph.Node) *graph.Node { return graph.Where(graph.IsNaN(x), x, graph.Tanh(x)) }

// embed sums the word, position and token-type embeddings and normalizes them.
func (e *Encoder) embed(root *model.Scope, in Inputs) *graph.Node {
	c, g, scope := e.Config, in.IDs.Graph(), root.At("bert").At("embeddings")
	seq := in.IDs.Shape().Dim(1)
	positions := in.PositionIDs
	if positions == nil {
		if seq > c.MaxPositionEmbeddings {
			exceptions.Panicf("bert: the input has %d tokens, expected at most %d", seq, c.MaxPositionEmbeddings)
		}
		positions = graph.Iota(g, shapes.Make(dtypes.Int32, 1, seq), 1)
	}
	x := e.lookup(scope.At("word_embeddings"), in.IDs) // [batch, seq, hidden]

	types := in.TypeIDs
	if types == nil {
		types = graph.Zeros(g, shapes.Make(dtypes.Int32, 1, 1))
	}
	x = graph.Add(x, e.lookup(scope.At("token_type_embeddings"), types))
	x = graph.Add(x, e.lookup(scope.At("position_embeddings"), positions)) // [1 or batch, seq, hidden]
	x = layerNorm(scope.At("LayerNorm"), x, c.LayerNormEps)
	return dropout.Apply(scope, x, c.HiddenDropout)
}

// layer applies transformer layer i, with layer normalization after each block as in the
// paper, to the tokens queries [batch, tokens, hidden]. They attend to x [batch, seq, hidden]
// and are all or some of its tokens; mask is bool [batch, seq] or [batch, tokens, seq].
func (e *Encoder) layer(root *model.Scope, i int, queries, x, mask *graph.Node) *graph.Node {
	c := e.Config
	scope := root.At("bert").At("encoder").At("layer").At("%d", i)
	attention := scope.At("attention")
	y := e.selfAttention(attention.At("self"), queries, x, mask)
	x = e.residual(attention.At("output"), y, queries)

	y = e.dense(scope.At("intermediate").At("dense"), x, c.IntermediateSize) // [batch, seq, intermediate]
	y = recomputed(scope, func(in []*graph.Node) *graph.Node { return activations[c.HiddenAct](in[0]) }, y)
	return e.residual(scope.At("output"), y, x)
}

// residual projects y to the hidden size, adds it to x and normalizes the sum.
func (e *Encoder) residual(scope *model.Scope, y, x *graph.Node) *graph.Node {
	y = e.dense(scope.At("dense"), y, e.Config.HiddenSize) // [batch, seq, hidden]
	y = dropout.Apply(scope, y, e.Config.HiddenDropout)
	return layerNorm(scope.At("LayerNorm"), graph.Add(x, y), e.Config.LayerNormEps)
}

// masked is added to the score of a padding token of a row with one text: its exponential is 0 in
// float32 beside that of every other token, and a row of padding only stays finite.
const masked = -1e9

// selfAttention computes softmax(Q·Kᵀ/√d)·V for all heads: Q from queries [batch, tokens,
// hidden], K and V from x [batch, seq, hidden]; mask is bool [batch, seq] or [batch, tokens, seq].
func (e *Encoder) selfAttention(scope *model.Scope, queries, x, mask *graph.Node) *graph.Node {
	c := e.Config
	heads := func(name string, x *graph.Node) *graph.Node {
		y := e.dense(scope.At("%s", name), x, c.HiddenSize)                                            // [batch, tokens, hidden]
		return graph.Reshape(y, x.Shape().Dim(0), x.Shape().Dim(1), c.NumAttentionHeads, c.headSize()) // [batch, tokens, heads, size]
	}
	y := recomputedProducts(scope, func(in []*graph.Node) *graph.Node {
		return e.attend(scope, in[0], in[1], in[2], mask)
	}, heads("query", queries), heads("key", x), heads("value", x))
	return graph.Reshape(y, queries.Shape().Dim(0), queries.Shape().Dim(1), c.HiddenSize)
}

// attend is selfAttention for query [batch, tokens, heads, size] and for key and value
// [batch, seq, heads, size].
func (e *Encoder) attend(scope *model.Scope, query, key, value, mask *graph.Node) *graph.Node {
	c, g := e.Config, query.Graph()
	scores := graph.Einsum("bqhd,bkhd->bhqk", query, key) // [batch, heads, tokens, seq]
	scores = graph.Mul(scores, graph.Scalar(g, scores.DType(), 1/math.Sqrt(float64(c.headSize()))))
	weights := graph.Softmax(hide(scores, mask), -1)
	weights = dropout.Apply(scope, weights, c.AttentionDropout)
	return graph.Einsum("bhqk,bkhd->bqhd", weights, value) // [batch, tokens, heads, size]
}

// hide lowers the scores [batch, heads, tokens, seq] of the tokens that the mask leaves out. In rows with
// several texts, the scores of another text have no effect, not even if they are infinite or not a
// number.
func hide(scores, mask *graph.Node) *graph.Node {
	g, dims := scores.Graph(), scores.Shape().Dimensions
	if mask.Rank() == 3 {
		seen := graph.BroadcastToDims(graph.InsertAxes(mask, 1), dims...)
		return graph.Where(seen, scores, graph.Infinity(g, scores.DType(), -1))
	}
	hidden := graph.Where(mask, graph.Scalar(g, scores.DType(), 0), graph.Scalar(g, scores.DType(), masked)) // [batch, seq]
	return graph.Add(scores, graph.BroadcastToDims(graph.InsertAxes(hidden, 1, 1), dims...))
}

// recomputed returns f of the inputs. In training, the backward pass keeps only the inputs
// and computes f again (gradient checkpointing): wide and cheap results would fill memory,
// and writing and reading them costs more time than computing them (Chen et al., "Training
// Deep Nets with Sublinear Memory Cost", 2016).
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

// recomputedProducts is recomputed for a function that computes only products of its inputs. If
// the engine rounds the factors of products to bfloat16, the inputs are kept so.
func recomputedProducts(scope *model.Scope, f func(inputs []*graph.Node) *graph.Node, inputs ...*graph.Node) *graph.Node {
	g := inputs[0].Graph()
	if !scope.IsTraining(g) || !bfloat16.Rounds(g.Backend()) {
		return recomputed(scope, f, inputs...)
	}
	halves, restores := make([]*graph.Node, len(inputs)), make([]func(*graph.Node) *graph.Node, len(inputs))
	for i, x := range inputs {
		halves[i], restores[i] = bfloat16.Factor(x)
	}
	return recomputed(scope, func(in []*graph.Node) *graph.Node {
		factors := make([]*graph.Node, len(in))
		for i, half := range in {
			factors[i] = restores[i](half)
		}
		return f(factors)
	}, halves...)
}
