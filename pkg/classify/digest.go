package classify

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/bert"
)

// Digest returns a digest of all that decides the answers: the weights with what was merged into
// them, the configuration with the classes and their order, the tokenizer's files, what is read of
// longer texts, the temperature and the thresholds. It does not depend on the place of the files.
func (c *Classifier) Digest() (string, error) {
	if c == nil || c.turn == nil {
		return "", errNotOpened
	}
	sum := digest.NewStrings()
	config, err := json.Marshal(c.model.Config)
	if err != nil {
		return "", err
	}
	p := c.predictor
	sum.Add(string(config), fmt.Sprintf("%q", c.model.Config.Labels), string(c.Task()), fmt.Sprint(c.model.Head), fmt.Sprintf("%v %q %d", p.encoder.Pairs, p.encoder.Truncation.String(), p.encoder.MaxLength),
		fmt.Sprintf("%v %v", p.decisions.temperature, p.decisions.thresholds))
	for _, name := range slices.Sorted(maps.Keys(bert.Files(c.model.Dir))) {
		if bert.KindOf(name) != bert.TokenizerFiles {
			continue
		}
		file, err := digest.File(filepath.Join(c.model.Dir, filepath.FromSlash(name)))
		if err != nil {
			return "", err
		}
		sum.Add(name, file)
	}
	defer c.model.ForgetWords()
	weights := map[string]*model.Variable{}
	for v := range c.model.Store.IterVariables() {
		weights[v.Path()] = v
	}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		value, err := weights[name].Value()
		if err != nil {
			return "", fmt.Errorf("tensor %s: %w", name, err)
		}
		if err := safetensors.Values(value, func(content []byte) { sum.Add(name, value.Shape().String(), string(content)) }); err != nil {
			return "", fmt.Errorf("tensor %s: %w", name, err)
		}
	}
	return sum.String(), nil
}

// Engine describes the engine that computes the answers, with its version: "xla:cpu - PJRT "cpu" plugin
// (…) v0.106 …". It is empty for a classifier that was not opened.
func (c *Classifier) Engine() string {
	if c == nil || c.predictor == nil {
		return ""
	}
	return c.predictor.engine
}
