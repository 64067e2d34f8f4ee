// Package layerwise computes the logits of a BERT layer by layer:
//
//	n, err := layerwise.New(backend, store, m.Config, func(slots *graph.Node) *bert.Encoder {
//		encoder := m.Encoder()
//		encoder.Dense = set.WrapRows(bert.Linear, slots)
//		return encoder
//	})
//	logits, err := n.Logits(layerwise.Batch{IDs: ids, Lengths: lengths, Slots: slots, FirstLengths: firsts})
//
// A program of the whole network, compiled for each shape of a batch, contains the code of a layer as
// often as the model has layers: XLA needs 25 MB for each program of bert-base-cased, whatever the
// shape. Here a program of one layer has the layer's weights as inputs and runs once for each
// layer. The hidden states stay on the device.
package layerwise

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/pkg/bert"
)

// Network computes logits. It is safe for use by several goroutines.
type Network struct {
	backend compute.Backend
	store   *model.Store
	config  bert.Config
	encoder func(slots *graph.Node) *bert.Encoder

	layers []layer
	shared []*model.Exec // of the layers, each once
	texts  ends          // for a classifier of the pooled output
	tokens ends          // for a classifier of every token
}

// ends are the programs before and after the layers.
type ends struct {
	embeddings, head *model.Exec
	layers           int // between them
}

// Batch are the inputs of a call.
type Batch struct {
	IDs     *tensors.Tensor // token ids with padding, int32 [rows, length]
	Lengths *tensors.Tensor // numbers of tokens without padding, int32 [rows]
	Slots   *tensors.Tensor // slots of the rows' adapters, int32 [rows]

	// FirstLengths are the rows' numbers of tokens of the first text, int32 [rows], for a classifier
	// of the pooled output. Nil means a classifier of every token of single texts.
	FirstLengths *tensors.Tensor

	// Words are the word embeddings of IDs, float32 [rows, length, hidden], of a network that has them
	// as an input.
	Words *tensors.Tensor
}

// arguments returns the inputs of the embeddings.
func (b Batch) arguments() []any {
	in := []any{b.IDs, b.Lengths, b.Slots}
	for _, more := range []*tensors.Tensor{b.FirstLengths, b.Words} {
		if more != nil {
			in = append(in, more)
		}
	}
	return in
}

// New prepares a network over the store's variables. With words the word embeddings of each batch are
// an input, and no program reads their variable. encoder returns the encoder for the slots of the
// rows' adapters, int32 [rows]; its functions must read variables with parameter.Node. Programs are
// compiled for each new shape of a batch.
func New(backend compute.Backend, store *model.Store, config bert.Config, words bool, encoder func(slots *graph.Node) *bert.Encoder) (*Network, error) {
	n := &Network{backend: backend, store: store, config: config, encoder: encoder}
	if err := n.openLayers(); err != nil {
		return nil, err
	}
	// The last layer before a pooler computes the query of the first token alone.
	n.texts.layers, n.tokens.layers = max(0, config.NumHiddenLayers-1), config.NumHiddenLayers
	for _, part := range []struct {
		exec  **model.Exec
		build func(root *model.Scope, in []*graph.Node) *graph.Node
	}{
		{&n.texts.embeddings, func(root *model.Scope, in []*graph.Node) *graph.Node { // ids, lengths, slots, first lengths, words
			return n.first(in, 4, words).StatesAfter(root, bert.PairInputs(in[0], in[1], in[3]), 0)
		}},
		{&n.tokens.embeddings, func(root *model.Scope, in []*graph.Node) *graph.Node { // ids, lengths, slots, words
			return n.first(in, 3, words).StatesAfter(root, bert.PaddedInputs(in[0], in[1]), 0)
		}},
		{&n.texts.head, func(root *model.Scope, in []*graph.Node) *graph.Node { // states, lengths, slots
			return encoder(in[2]).LogitsFrom(root, in[0], mask(in[0], in[1]), n.texts.layers)
		}},
		{&n.tokens.head, func(root *model.Scope, in []*graph.Node) *graph.Node { // states, lengths, slots
			return encoder(in[2]).TokenLogitsFrom(root, in[0], mask(in[0], in[1]), n.tokens.layers)
		}},
	} {
		var err error
		if *part.exec, err = newExec(backend, store, part.build); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// first returns the encoder for the embeddings. With words, their input at a position takes the place
// of the lookup.
func (n *Network) first(in []*graph.Node, at int, words bool) *bert.Encoder {
	e := n.encoder(in[2])
	if !words {
		return e
	}
	lookup := e.Embedding
	if lookup == nil {
		lookup = bert.Lookup
	}
	e.Embedding = func(scope *model.Scope, ids *graph.Node) *graph.Node {
		if dotted.Name(scope.Scope()+"/weight") == bert.WordEmbeddings {
			return in[at]
		}
		return lookup(scope, ids)
	}
	return e
}

// newExec prepares a program with one output.
func newExec(backend compute.Backend, store *model.Store, build func(root *model.Scope, in []*graph.Node) *graph.Node) (*model.Exec, error) {
	exec, err := model.NewExec(backend, store, build)
	if err != nil {
		return nil, err
	}
	return exec.SetMaxCache(-1), nil // the shapes are few, and each was chosen
}

// mask returns the mask [batch, seq] of hidden states [batch, seq, hidden].
func mask(states, lengths *graph.Node) *graph.Node {
	return bert.PaddingMask(lengths, states.Shape().Dim(1))
}

// Logits returns the logits of a batch: [rows, classes], or [rows, length, classes] of a classifier of
// every token. The caller frees them.
func (n *Network) Logits(b Batch) (*tensors.Tensor, error) {
	ends := n.tokens
	if b.FirstLengths != nil {
		ends = n.texts
	}
	states, err := ends.embeddings.Call1(b.arguments()...)
	if err != nil {
		return nil, err
	}
	next := func(run func(states *tensors.Tensor) (*tensors.Tensor, error)) error {
		before := states
		states, err = run(before)
		_ = before.FinalizeAll() // now, not when Go's collector runs
		return err
	}
	for _, l := range n.layers[:ends.layers] {
		if err := next(func(x *tensors.Tensor) (*tensors.Tensor, error) { return l.call(x, b.Lengths, b.Slots) }); err != nil {
			return nil, err
		}
	}
	err = next(func(x *tensors.Tensor) (*tensors.Tensor, error) { return ends.head.Call1(x, b.Lengths, b.Slots) })
	return states, err
}

// Finalize frees the programs. It has no effect on a nil Network.
func (n *Network) Finalize() {
	if n == nil {
		return
	}
	for _, e := range slices.Concat(n.shared, []*model.Exec{n.texts.embeddings, n.texts.head, n.tokens.embeddings, n.tokens.head}) {
		e.Finalize()
	}
}
