package prefixcache

import (
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Config determines the cached states: one for each token of an example, or only the first
// token's if Layers is the number of all layers, since only pooler and classifier remain. A model
// with the head bert.TokenClassification needs those of all tokens.
type Config struct {
	Model   *bert.Model
	Encoder *bert.Encoder // the graph of Model
	Layers  int           // number of the lowest layers, all frozen

	Stored   precision.Precision // number format of the states in the file
	Products precision.Precision // number format of the matrix products of Engine
	Engine   *engine.Engine

	Batches  batching.Sequence // contains every example once
	Rows     *encoding.Rows    // the rows of Batches, for the token types of pairs; nil means single texts
	Limit    int64             // largest size of the folder, bytes; 0 or less allows none
	Progress progress.Progress
}

// firstOnly reports whether only the states of the first tokens are cached.
func (c Config) firstOnly() bool {
	return c.Layers == c.Model.Config.NumHiddenLayers && c.Model.Head != bert.TokenClassification
}
