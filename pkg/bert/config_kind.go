package bert

import (
	"encoding/json"
	"fmt"
)

// readKind refuses configurations of networks that this package would compute wrongly.
func (c *Config) readKind() error {
	var kind, positions string
	var decoder, cross bool
	tied := true
	for field, into := range map[string]any{
		"model_type": &kind, "position_embedding_type": &positions,
		"is_decoder": &decoder, "add_cross_attention": &cross, "tie_word_embeddings": &tied,
	} {
		if text, ok := c.raw[field]; ok {
			if err := json.Unmarshal(text, into); err != nil {
				return &ConfigError{Field: field, Reason: fmt.Sprintf("cannot be read: %s", text)}
			}
		}
	}
	c.UntiedDecoder = !tied
	switch {
	case kind != "" && kind != "bert":
		return &ConfigError{Field: "model_type", Reason: fmt.Sprintf("is %q, only \"bert\" is supported", kind)}
	case positions != "" && positions != "absolute":
		return &ConfigError{Field: "position_embedding_type", Reason: fmt.Sprintf("is %q, only \"absolute\" is supported", positions)}
	case decoder, cross:
		return &ConfigError{Field: "is_decoder", Reason: "a decoder or cross-attention is asked for, only encoders are supported"}
	}
	return nil
}
