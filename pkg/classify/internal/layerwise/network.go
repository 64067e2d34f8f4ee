// Package layerwise computes the logits of a BERT layer by layer, for texts that share a row:
//
//	n, err := layerwise.New(backend, store, m.Config, false, func(slots *graph.Node) *bert.Encoder {
//		encoder := m.Encoder()
//		encoder.Dense = set.WrapRows(bert.Linear, slots)
//		return encoder
//	})
//	logits, err := n.Logits(layerwise.Batch{IDs: ids, PositionIDs: positions, TypeIDs: types, Texts: texts, Slots: slots})
//
// A program of the whole network, compiled for each size of a batch, contains the code of a layer as
// often as the model has layers: XLA needs 25 MB for each program of bert-base-cased, whatever the
// size. Here a program of one layer has the layer's weights as inputs and runs once for each
// layer. The hidden states stay on the device.
//
// A batch is one row that holds its texts one after the other, with little padding. Each text begins at a
// multiple of [Block] tokens and attends to itself alone (block-diagonal attention). Each block has the
// slot of its text's adapter.
package layerwise

import (
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/bert"
)

// Block is the number of tokens of which each text takes a multiple. A smaller number means less padding
// and more matrices of adapters to gather, one for each block.
const Block = 8

// Network computes logits. It is safe for use by several goroutines.
type Network struct {
	backend compute.Backend
	store   *model.Store
	config  bert.Config
	words   bool // the word embeddings are an input
	encoder func(slots *graph.Node) *bert.Encoder

	layers     []layer
	shared     []*model.Exec // of the layers, each once
	embeddings *model.Exec
	texts      head // of a classifier of the pooled output
	tokens     head // of a classifier of every token
}

// head is the program after the layers.
type head struct {
	exec   *model.Exec
	layers int // before it
}

// Batch are the inputs of a call.
type Batch struct {
	IDs         *tensors.Tensor // token ids, int32 [1, tokens]; tokens is a multiple of Block
	PositionIDs *tensors.Tensor // in the text of each token, int32 [1, tokens]
	TypeIDs     *tensors.Tensor // int32 [1, tokens]
	Texts       *tensors.Tensor // a number for the text of each token, int32 [1, tokens]; padding has one of its own
	Slots       *tensors.Tensor // slots of the adapters, int32 [tokens/Block]

	// Words are the word embeddings of IDs, float32 [1, tokens, hidden], of a network that has them as
	// an input.
	Words *tensors.Tensor

	EachToken bool // the logits of a classifier of every token
}

// arguments returns the inputs of the embeddings.
func (b Batch) arguments() []any {
	in := []any{b.IDs, b.PositionIDs, b.TypeIDs, b.Slots}
	if b.Words != nil {
		in = append(in, b.Words)
	}
	return in
}

// New prepares a network over the store's variables. With words the word embeddings of each batch are
// an input, and no program reads their variable. encoder returns the encoder for the slots of
// blocks, int32 [blocks], each of which is a row of the inputs of its projections; its functions must
// read variables with parameter.Node. Programs are compiled for each new size of a batch.
func New(backend compute.Backend, store *model.Store, config bert.Config, words bool, encoder func(slots *graph.Node) *bert.Encoder) (*Network, error) {
	n := &Network{backend: backend, store: store, config: config, words: words, encoder: encoder}
	if err := n.openLayers(); err != nil {
		return nil, err
	}
	// The last layer before a pooler computes the queries of first tokens alone.
	n.texts.layers, n.tokens.layers = max(0, config.NumHiddenLayers-1), config.NumHiddenLayers
	for _, part := range []struct {
		exec  **model.Exec
		build func(root *model.Scope, in []*graph.Node) []*graph.Node
	}{
		{&n.embeddings, func(root *model.Scope, in []*graph.Node) []*graph.Node { // of Batch.arguments
			inputs := bert.Inputs{IDs: in[0], PositionIDs: in[1], TypeIDs: in[2]} // no layer needs the mask
			return []*graph.Node{n.first(in).StatesAfter(root, inputs, 0)}
		}},
		{&n.texts.exec, func(root *model.Scope, in []*graph.Node) []*graph.Node { // states, texts, slots
			encoder, finite := n.blockwise(in[2])
			logits := encoder.PackedLogitsFrom(root, in[0], bert.PackedMask(in[1]), n.texts.layers, Block)
			return []*graph.Node{logits, finite()}
		}},
		{&n.tokens.exec, func(root *model.Scope, in []*graph.Node) []*graph.Node { // states, texts, slots
			encoder, finite := n.blockwise(in[2])
			logits := encoder.TokenLogitsFrom(root, in[0], bert.PackedMask(in[1]), n.tokens.layers)
			return []*graph.Node{logits, finite()}
		}},
	} {
		var err error
		if *part.exec, err = newExec(backend, store, part.build); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// first returns the encoder for the embeddings.
func (n *Network) first(in []*graph.Node) *bert.Encoder {
	e := n.encoder(in[3])
	if n.words {
		return e.WithWords(in[4])
	}
	return e
}

// blockwise returns the encoder for the slots of the blocks, whose projections see each block as a row.
// After it has built layers, finite returns whether the values of their attention are finite, a bool.
// Values that are not finite spoil the other texts of a batch, as 0·NaN in their sums, and not every
// engine carries that on to the logits.
func (n *Network) blockwise(slots *graph.Node) (e *bert.Encoder, finite func() *graph.Node) {
	e = n.encoder(slots)
	all := graph.Const(slots.Graph(), true)
	dense := e.Dense
	if dense == nil {
		dense = bert.Linear
	}
	e.Dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
		dims := x.Shape().Dimensions
		if x.Rank() == 2 { // [blocks, hidden], after the pooler
			return dense(scope, x, out)
		}
		y := dense(scope, graph.Reshape(x, slots.Shape().Dim(0), -1, dims[2]), out)
		if strings.HasSuffix(scope.Scope(), "/attention/self/value") {
			all = graph.LogicalAnd(all, graph.LogicalAll(graph.IsFinite(y)))
		}
		return graph.Reshape(y, dims[0], dims[1], -1)
	}
	return e, func() *graph.Node { return all }
}

// newExec prepares a program.
func newExec(backend compute.Backend, store *model.Store, build func(root *model.Scope, in []*graph.Node) []*graph.Node) (*model.Exec, error) {
	exec, err := model.NewExec(backend, store, build)
	if err != nil {
		return nil, err
	}
	return exec.SetMaxCache(-1), nil // the sizes are few, and each was chosen
}

// Logits returns the logits that the first token of each block gives, [tokens/Block, classes], of which
// those of a text's first block are the text's, or with EachToken those of all tokens, [1, tokens,
// classes]. The caller frees them. If finite is false, the numbers of a text overflowed, and the logits
// of all texts of the batch are without meaning.
func (n *Network) Logits(b Batch) (logits *tensors.Tensor, finite bool, err error) {
	head := n.texts
	if b.EachToken {
		head = n.tokens
	}
	states, err := n.embeddings.Call1(b.arguments()...)
	if err != nil {
		return nil, false, err
	}
	var flags []*tensors.Tensor
	next := func(run func(states *tensors.Tensor) ([]*tensors.Tensor, error)) error {
		out, err := run(states)
		_ = states.FinalizeAll() // now, not when Go's collector runs
		if err == nil {
			states, flags = out[0], append(flags, out[1])
		}
		return err
	}
	for _, l := range n.layers[:head.layers] {
		if err := next(func(x *tensors.Tensor) ([]*tensors.Tensor, error) { return l.call(x, b) }); err != nil {
			return nil, false, err
		}
	}
	if err := next(func(x *tensors.Tensor) ([]*tensors.Tensor, error) { return head.exec.Call(x, b.Texts, b.Slots) }); err != nil {
		return nil, false, err
	}
	finite = true
	for _, f := range flags { // after the last program has started: no layer waits for the reads
		finite = finite && tensors.ToScalar[bool](f)
		_ = f.FinalizeAll()
	}
	return states, finite, nil
}

// Finalize frees the programs. It has no effect on a nil Network.
func (n *Network) Finalize() {
	if n == nil {
		return
	}
	for _, e := range slices.Concat(n.shared, []*model.Exec{n.embeddings, n.texts.exec, n.tokens.exec}) {
		e.Finalize()
	}
}
