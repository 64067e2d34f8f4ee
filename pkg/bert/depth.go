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
	name := dotted.Name(path)
	if rest, ok := strings.CutPrefix(name, layerPrefix); ok {
		number, _, _ := strings.Cut(rest, ".")
		if n, err := strconv.Atoi(number); err == nil {
			return n
		}
	}
	if strings.HasPrefix(name, poolerPrefix) || isClassifier(name) {
		return c.NumHiddenLayers
	}
	return 0
}

// InEncoderBelow reports whether the variable at a path of the store acts in the embeddings
// or in one of the first layers of the encoder.
func (c Config) InEncoderBelow(path string, layers int) bool {
	return strings.HasPrefix(dotted.Name(path), encoderPrefix) && c.LayersBefore(path) < layers
}
