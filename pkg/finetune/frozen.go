package finetune

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
)

// frozenLayers returns the number of lowest layers without a trainable variable in or below
// them. If it is 0, the error is a *FieldError with the variable.
func (n *network) frozenLayers(e Experiment) (int, error) {
	layers := n.Config.NumHiddenLayers
	frozen, lowest := layers, (*model.Variable)(nil)
	for _, v := range trainer.Trainable(n.Store.RootScope(), nil) {
		if d := n.Config.LayersBefore(v.Path()); lowest == nil || d < frozen {
			frozen, lowest = d, v
		}
	}
	if frozen > 0 {
		return frozen, nil
	}
	reason := fmt.Sprintf("is %q, but %s, of the lowest layer, is trainable", e.Training.PrefixCache, dotted.Name(lowest.Path()))
	if !bert.InLayer(lowest.Path()) {
		reason = strings.Replace(reason, "of the lowest layer", "below all layers", 1)
	}
	return 0, &FieldError{Field: "training.prefix_cache", Reason: reason + fmt.Sprintf(": no layer is frozen; use the adapter on higher layers, as with adapter.layers_to_transform %v, or omit this field", upperHalf(layers))}
}

// upperHalf returns the indices of the upper half of the layers, for the error's example.
func upperHalf(layers int) []int {
	var list []int
	for i := (layers + 1) / 2; i < layers; i++ {
		list = append(list, i)
	}
	return list
}
