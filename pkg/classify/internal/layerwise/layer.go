package layerwise

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/parameter"
)

// layer is a layer of the encoder.
type layer struct {
	exec      *model.Exec // of all layers with variables of the same names and shapes
	variables []*model.Variable
}

// openLayers prepares the layers. Those with variables of the same names and shapes, adapters
// included, share a program.
func (n *Network) openLayers() error {
	names := make([][]string, n.config.NumHiddenLayers)
	found := make([]map[string]*model.Variable, n.config.NumHiddenLayers)
	for v := range n.store.IterVariables() {
		i, name, ok := bert.LayerVariable(v.Path())
		if !ok || i >= len(names) {
			continue
		}
		if found[i] == nil {
			found[i] = map[string]*model.Variable{}
		}
		names[i], found[i][name] = append(names[i], name), v
	}
	programs := map[string]*model.Exec{}
	for i := range names {
		var l layer
		var kind strings.Builder
		slices.Sort(names[i])
		for _, name := range names[i] {
			v := found[i][name]
			l.variables = append(l.variables, v)
			fmt.Fprintln(&kind, name, v.Shape())
		}
		if l.exec = programs[kind.String()]; l.exec == nil {
			var err error
			if l.exec, err = newExec(n.backend, n.store, n.program(i, l.variables)); err != nil {
				return err
			}
			programs[kind.String()] = l.exec
			n.shared = append(n.shared, l.exec)
		}
		n.layers = append(n.layers, l)
	}
	return nil
}

// program builds the graph of layer i, and of all layers like it. Its inputs are the hidden states
// before it, the numbers of the texts, the slots, and the values of its variables; its outputs the hidden
// states after it, and whether the values of its attention are finite.
func (n *Network) program(i int, variables []*model.Variable) func(root *model.Scope, in []*graph.Node) []*graph.Node {
	return func(root *model.Scope, in []*graph.Node) []*graph.Node {
		states, texts, slots := in[0], in[1], in[2]
		for k, v := range variables {
			parameter.Bind(v, in[3+k])
		}
		encoder, finite := n.blockwise(slots)
		out := encoder.StatesFrom(root, states, bert.PackedMask(texts), i, i+1)
		for v := range n.store.IterVariables() { // otherwise other layers would compute with the weights of this one
			if bert.InLayer(v.Path()) && v.InUseByGraph(out.Graph()) {
				exceptions.Panicf("layerwise: the encoder reads the variable %s of layer %d: expected parameter.Node, and variables of one layer", v.Path(), i)
			}
		}
		return []*graph.Node{out, finite()}
	}
}

// call returns the outputs of the layer's program.
func (l layer) call(states *tensors.Tensor, b Batch) ([]*tensors.Tensor, error) {
	inputs := append(make([]any, 0, 3+len(l.variables)), states, b.Texts, b.Slots)
	for _, v := range l.variables {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.Path(), err)
		}
		inputs = append(inputs, value)
	}
	return l.exec.Call(inputs...)
}
