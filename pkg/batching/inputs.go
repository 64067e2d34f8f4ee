package batching

import (
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Inputs are the inputs of a graph by name, for one batch: T is *tensors.Tensor outside the
// graph and *graph.Node inside it.
type Inputs[T any] struct {
	// IDs are the token ids, padded: int32 [rows, length].
	IDs T
	// Lengths are the rows' numbers of tokens before padding, 0 for filler: int32 [rows].
	Lengths T
	// Labels are what the graph learns to predict: int32 [rows] of [Classes], int32
	// [rows, length] of [TokenClasses], float32 [rows, classes] of [MultiHot], float32 [rows] of
	// [Values]. Zero where the graph takes no labels. With Options.PackedShape, rows is the number of
	// examples, except for TokenClasses.
	Labels T
	// Extra are further inputs by name, such as the positions of masked tokens.
	Extra map[string]T
}

// Tensors are the inputs of one call of a graph.
type Tensors = Inputs[*tensors.Tensor]

// Nodes are the inputs inside the graph.
type Nodes = Inputs[*graph.Node]

// Signature declares which inputs a graph takes beside IDs and Lengths. An executable graph
// takes its arguments by position; the signature alone decides the positions.
type Signature struct {
	// Labels reports whether the graph takes labels.
	Labels bool
	// Extra are the names of the further inputs, each once.
	Extra []string
}

// InputError is an input of a batch that does not match the graph's [Signature].
type InputError struct {
	Name   string // "ids", "lengths", "labels" or a name of Extra
	Reason string
}

func (e *InputError) Error() string { return fmt.Sprintf("batching: input %q %s", e.Name, e.Reason) }

// Tensors returns the batch's token ids [Rows, Length], lengths [Rows] and, where they are
// known, its targets. A batch with several examples in a row has the extra tensors of PackedTensors and,
// with Options.PackedShape, of ExamplesTensor.
func (b Batch) Tensors() Tensors {
	t := Tensors{
		IDs:     tensors.FromFlatDataAndDimensions(b.IDs, b.Rows, b.Length),
		Lengths: tensors.FromFlatDataAndDimensions(b.Lengths, b.Rows),
		Extra:   b.packedTensors(),
	}
	switch {
	case b.Labels != nil && b.PerToken:
		t.Labels = tensors.FromFlatDataAndDimensions(b.Labels, b.Rows, b.Length)
	case b.Labels != nil:
		t.Labels = tensors.FromFlatDataAndDimensions(b.Labels, len(b.Labels))
	case b.Values != nil && b.Width > 0:
		t.Labels = tensors.FromFlatDataAndDimensions(b.Values, len(b.Values)/b.Width, b.Width)
	case b.Values != nil:
		t.Labels = tensors.FromFlatDataAndDimensions(b.Values, len(b.Values))
	}
	return t
}

// Tokens returns the number of tokens in the batch, without padding.
func (b Batch) Tokens() int {
	tokens := 0
	for _, n := range b.Lengths {
		tokens += int(n)
	}
	return tokens
}

// Arguments returns the inputs in the order in which the graph takes them. Labels are left
// out where the graph takes none. A missing input, and an extra one that the graph does not
// take, are an [InputError].
func (s Signature) Arguments(t Tensors) ([]any, error) {
	arguments := []any{}
	add := func(name string, tensor *tensors.Tensor) error {
		if tensor == nil {
			return &InputError{name, "is missing: expected a tensor"}
		}
		arguments = append(arguments, tensor)
		return nil
	}
	if err := add("ids", t.IDs); err != nil {
		return nil, err
	}
	if err := add("lengths", t.Lengths); err != nil {
		return nil, err
	}
	if s.Labels {
		if err := add("labels", t.Labels); err != nil {
			return nil, err
		}
	}
	for _, name := range s.Extra {
		if err := add(name, t.Extra[name]); err != nil {
			return nil, err
		}
	}
	if len(t.Extra) > len(s.Extra) {
		for _, name := range slices.Sorted(maps.Keys(t.Extra)) {
			if !slices.Contains(s.Extra, name) {
				return nil, &InputError{name, fmt.Sprintf("is not in the graph's signature: expected one of %q", s.Extra)}
			}
		}
	}
	return arguments, nil
}

// Nodes names the inputs inside the graph, which are those of [Signature.Arguments]. Another
// number of inputs panics, as graph code does.
func (s Signature) Nodes(inputs []*graph.Node) Nodes {
	want := 2 + len(s.Extra)
	if s.Labels {
		want++
	}
	if len(inputs) != want {
		exceptions.Panicf("batching: the graph has %d inputs, expected %d: ids, lengths, labels (%v) and %q", len(inputs), want, s.Labels, s.Extra)
	}
	n := Nodes{IDs: inputs[0], Lengths: inputs[1], Extra: make(map[string]*graph.Node, len(s.Extra))}
	rest := inputs[2:]
	if s.Labels {
		n.Labels, rest = rest[0], rest[1:]
	}
	for i, name := range s.Extra {
		n.Extra[name] = rest[i]
	}
	return n
}
