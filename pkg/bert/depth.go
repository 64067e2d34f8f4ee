package bert

import (
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
)

// InLayer reports whether the variable at a path of the store belongs to one of the
// encoder's layers, an adapter's variables included.
func InLayer(path string) bool { return strings.HasPrefix(dotted.Name(path), layerPrefix) }

// LayersBefore returns the number of layers whose output the variable at a path of the
// store acts on: 0 for the embeddings and the first layer, NumHiddenLayers for the pooler
// and the classifier, and 0 for variables of other modules. An adapter's variables count
// as those of their module.
func (c Config) LayersBefore(path string) int {
	if n, _, ok := LayerVariable(path); ok {
		return n
	}
	name := dotted.Name(path)
	if strings.HasPrefix(name, poolerPrefix) || isClassifier(name) {
		return c.NumHiddenLayers
	}
	return 0
}

// LayerVariable returns the layer of the variable at a path of the store, and its dotted name in the
// layer, such as "attention.self.query.weight", an adapter's variables included. It is not ok for
// variables outside the encoder's layers.
func LayerVariable(path string) (layer int, name string, ok bool) {
	rest, ok := strings.CutPrefix(dotted.Name(path), layerPrefix)
	if !ok {
		return 0, "", false
	}
	number, name, _ := strings.Cut(rest, ".")
	layer, err := strconv.Atoi(number)
	return layer, name, err == nil
}

// InEncoderBelow reports whether the variable at a path of the store acts in the embeddings
// or in one of the first layers of the encoder.
func (c Config) InEncoderBelow(path string, layers int) bool {
	return strings.HasPrefix(dotted.Name(path), encoderPrefix) && c.LayersBefore(path) < layers
}
