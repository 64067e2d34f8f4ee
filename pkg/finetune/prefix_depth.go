package finetune

import (
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
)

// frozenLayers is how many layers, from the first, no variable that learns is in or
// before. Where that is none, the error is a *FieldError with the variable.
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
	reason := fmt.Sprintf("is %q, but %s learns, of the lowest layer", e.Training.PrefixCache, dotted.Name(lowest.Path()))
	if !bert.InLayer(lowest.Path()) {
		reason = strings.TrimSuffix(reason, "of the lowest layer") + "below all layers"
	}
	return 0, &FieldError{Field: "training.prefix_cache", Reason: reason + fmt.Sprintf(": no states stay the same; let the adapter begin higher, as with adapter.layers_to_transform %v, or leave this out", upperHalf(layers))}
}

// upperHalf are the numbers of the model's upper layers, for advice.
func upperHalf(layers int) []int {
	var list []int
	for i := (layers + 1) / 2; i < layers; i++ {
		list = append(list, i)
	}
	return list
}
