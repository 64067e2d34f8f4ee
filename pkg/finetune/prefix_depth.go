package finetune

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/pkg/bert"
)

// layerScope leads to the variables of the model's layers.
const layerScope = "/bert/encoder/layer/"

// depth is how many of the model's layers lie before what the variable at path acts on:
// 0 of the embeddings and the first layer, all of pooler and classifier.
func depth(path string, layers int) int {
	if rest, ok := strings.CutPrefix(path, layerScope); ok {
		number, _, _ := strings.Cut(rest, "/")
		if n, err := strconv.Atoi(number); err == nil {
			return n
		}
	}
	if strings.HasPrefix(path, "/bert/pooler/") || strings.HasPrefix(path, "/classifier/") {
		return layers
	}
	return 0
}

// frozenLayers is how many layers, from the first, no variable that learns is in or
// before. Where that is none, the error is a *FieldError with the variable.
func (n *network) frozenLayers(e Experiment) (int, error) {
	layers := n.Config.NumHiddenLayers
	frozen, lowest := layers, (*model.Variable)(nil)
	for _, v := range trainable(n.Store.RootScope(), nil) {
		if d := depth(v.Path(), layers); lowest == nil || d < frozen {
			frozen, lowest = d, v
		}
	}
	if frozen > 0 {
		return frozen, nil
	}
	reason := fmt.Sprintf("is %q, but %s learns, of the lowest layer", e.Training.PrefixCache, dotted.Name(lowest.Path()))
	if !strings.HasPrefix(lowest.Path(), layerScope) {
		reason = strings.TrimSuffix(reason, "of the lowest layer") + "below all layers"
	}
	return 0, &FieldError{"training.prefix_cache", reason + fmt.Sprintf(": no states stay the same; let the adapter begin higher, as with adapter.layers_to_transform %v, or leave this out", upperHalf(layers))}
}

// upperHalf are the numbers of the model's upper layers, for advice.
func upperHalf(layers int) []int {
	var list []int
	for i := (layers + 1) / 2; i < layers; i++ {
		list = append(list, i)
	}
	return list
}

// belowLayers tells whether the model's variable at path acts in the embeddings or the
// first layers, so many of all that the model has.
func belowLayers(path string, first int, config bert.Config) bool {
	return strings.HasPrefix(path, "/bert/") && depth(path, config.NumHiddenLayers) < first
}
