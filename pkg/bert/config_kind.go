package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// readKind refuses configurations of networks that this package does not compute.
func (c *Config) readKind() error {
	var kind, positions string
	var decoder, cross bool
	tied := true
	var problems []error
	for _, f := range []struct {
		name string
		into any
	}{
		{"model_type", &kind}, {"position_embedding_type", &positions}, {"is_decoder", &decoder},
		{"add_cross_attention", &cross}, {"tie_word_embeddings", &tied},
	} {
		if text, ok := c.raw[f.name]; ok && json.Unmarshal(text, f.into) != nil {
			problems = append(problems, &ConfigError{Field: f.name, Reason: fmt.Sprintf("is %s, expected a %T", text, reflect.ValueOf(f.into).Elem().Interface())})
		}
	}
	c.UntiedDecoder = !tied
	if kind != "" && kind != "bert" {
		problems = append(problems, &ConfigError{Field: "model_type", Reason: fmt.Sprintf("is %q, expected \"bert\": no other network is computed", kind)})
	}
	if positions != "" && positions != "absolute" {
		problems = append(problems, &ConfigError{Field: "position_embedding_type", Reason: fmt.Sprintf("is %q, expected \"absolute\": no other position embedding is computed", positions)})
	}
	if decoder || cross {
		problems = append(problems, &ConfigError{Field: "is_decoder", Reason: "the model is a decoder or has cross-attention, expected an encoder: no other network is computed"})
	}
	return errors.Join(problems...)
}
