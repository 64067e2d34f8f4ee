package bert

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
)

// headsInName is how the names of Google's releases end: L-12_H-768_A-12.
var headsInName = regexp.MustCompile(`(?:^|[-_])A[-_]([0-9]{1,4})(?:[^0-9]|$)`)

// googleHeadSize is the width of an attention head in each BERT of Google's.
const googleHeadSize = 64

// configOfWeights describes a SavedModel, which carries no configuration, by what
// its tensors are. They do not tell the number of heads: the name of the folder does
// ("..._A-12"), or else they are of 64 each. The rest takes BertConfig's defaults,
// with which Google trained.
func (r *release) configOfWeights() (_ Config, err error) {
	weights, err := openCheckpoint(r.prefix)
	if err != nil {
		return Config{}, err
	}
	defer weights.Close()
	shape := func(name string) [2]int {
		_, found, _ := weights.Info(name)
		if len(found) != 2 {
			if err == nil {
				err = &ConfigError{Path: weights.Path(), Reason: fmt.Sprintf(
					"there is no %s beside it, and no %s [rows, columns] in it to tell the model's sizes by: it is no BERT under Google's names of 2018", googleConfig, name)}
			}
			return [2]int{}
		}
		return [2]int(found)
	}
	words := shape("bert.embeddings.word_embeddings.weight")
	sizes := map[string]int{
		"vocab_size": words[0], "hidden_size": words[1],
		"max_position_embeddings": shape("bert.embeddings.position_embeddings.weight")[0],
		"type_vocab_size":         shape("bert.embeddings.token_type_embeddings.weight")[0],
		"intermediate_size":       shape("bert.encoder.layer.0.intermediate.dense.weight")[0],
	}
	if err != nil {
		return Config{}, err
	}
	layers := 0
	for ; ; layers++ {
		if _, _, ok := weights.Info(fmt.Sprintf("bert.encoder.layer.%d.intermediate.dense.weight", layers)); !ok {
			break
		}
	}
	sizes["num_hidden_layers"] = layers
	switch named := headsInName.FindStringSubmatch(baseName(r.dir)); {
	case named != nil:
		sizes["num_attention_heads"], _ = strconv.Atoi(named[1])
	case words[1]%googleHeadSize == 0:
		sizes["num_attention_heads"] = words[1] / googleHeadSize
	default:
		return Config{}, &ConfigError{Path: r.dir, Field: "num_attention_heads", Reason: fmt.Sprintf(
			"is told neither by %s nor by the folder's name (\"..._A-12\"), and a width of %d is no multiple of Google's %d a head: name the folder so", googleConfig, words[1], googleHeadSize)}
	}
	text, err := json.Marshal(sizes)
	if err != nil {
		return Config{}, err
	}
	return parseConfigAt(r.dir, text)
}

// baseName is the name of a folder, also of ".".
func baseName(dir string) string {
	if absolute, err := filepath.Abs(dir); err == nil {
		dir = absolute
	}
	return filepath.Base(dir)
}
