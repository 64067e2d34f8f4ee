package googlebert

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/modelfolder"
)

// headsInName finds the number of attention heads in the name of a release:
// uncased_L-12_H-768_A-12.
var headsInName = regexp.MustCompile(`(?:^|[-_])A[-_]([0-9]{1,4})(?:[^0-9]|$)`)

// headSize is the width of an attention head in every BERT that Google released.
const headSize = 64

// ConfigError says which field of a configuration a release does not determine.
type ConfigError struct {
	Path   string // the checkpoint or the release's folder
	Field  string // name as in config.json; empty for the whole configuration
	Reason string // what was found and what is expected
}

// Error implements error.
func (e *ConfigError) Error() string {
	if e.Field == "" {
		return e.Path + ": " + e.Reason
	}
	return fmt.Sprintf("%s: field %q: %s", e.Path, e.Field, e.Reason)
}

// ConfigJSON returns the text of config.json for a SavedModel, which carries no
// configuration. The shapes of its tensors give all sizes but the number of attention
// heads: that is the number after "A-" in the folder's name, or else the width divided by
// 64. All other fields are left out, since Google trained with the defaults of
// transformers' BertConfig. The error is a *ConfigError unless the checkpoint cannot
// be read.
func (r *Release) ConfigJSON() (_ []byte, err error) {
	weights, err := r.Checkpoint()
	if err != nil {
		return nil, err
	}
	defer weights.Close()
	var missing []string
	shape := func(name string) [2]int {
		_, found, _ := weights.Info(name)
		if len(found) != 2 {
			missing = append(missing, name)
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
	if len(missing) > 0 {
		return nil, &ConfigError{Path: weights.Path(), Reason: fmt.Sprintf(
			"the folder holds no %s, and the checkpoint lacks tensors of two axes that give the model's sizes, %s: expected a BERT with the tensor names of Google's releases",
			modelfolder.GoogleConfig, strings.Join(missing, ", "))}
	}
	layers := 0
	for ; ; layers++ {
		if _, _, ok := weights.Info(fmt.Sprintf("bert.encoder.layer.%d.intermediate.dense.weight", layers)); !ok {
			break
		}
	}
	sizes["num_hidden_layers"] = layers
	switch named := headsInName.FindStringSubmatch(modelfolder.BaseName(r.dir)); {
	case named != nil:
		sizes["num_attention_heads"], _ = strconv.Atoi(named[1])
	case words[1]%headSize == 0:
		sizes["num_attention_heads"] = words[1] / headSize
	default:
		return nil, &ConfigError{Path: r.dir, Field: "num_attention_heads", Reason: fmt.Sprintf(
			"is unknown: the folder holds no %s, its name contains no number of heads (\"..._A-12\"), and the width %d is no multiple of %d, the width of a head in Google's models; put the number into the folder's name", modelfolder.GoogleConfig, words[1], headSize)}
	}
	return json.Marshal(sizes)
}
