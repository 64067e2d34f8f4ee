package bert

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// ownFields holds the fields of config.json that Config has under the same names.
var ownFields = func() (names []string) {
	for _, field := range reflect.VisibleFields(reflect.TypeFor[Config]()) {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}()

// decodeOwn decodes the fields of c from c.raw. It compares names exactly: encoding/json
// accepts "Hidden_Size" for "hidden_size".
func (c *Config) decodeOwn() error {
	own := map[string]json.RawMessage{}
	for _, name := range ownFields {
		if text, ok := c.raw[name]; ok {
			own[name] = text
		}
	}
	text, err := json.Marshal(own)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, c)
}

// encodeOwn is the reverse of decodeOwn.
func (c Config) encodeOwn() (map[string]json.RawMessage, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var fields map[string]json.RawMessage
	return fields, json.Unmarshal(text, &fields)
}

// fields returns the fields of config.json: those that were read, unchanged unless their
// values have changed since, and the other fields of the configuration.
func (c Config) fields() (map[string]any, error) {
	out := make(map[string]any, len(c.raw)+len(ownFields))
	for name, value := range c.raw {
		out[name] = value
	}
	own, err := c.encodeOwn()
	if err != nil {
		return nil, err
	}
	before := defaultConfig()
	before.raw = c.raw
	if err := before.decodeOwn(); err != nil {
		return nil, err
	}
	read, err := before.encodeOwn()
	if err != nil {
		return nil, err
	}
	for name, value := range own {
		if _, ok := c.raw[name]; !ok || !bytes.Equal(read[name], value) {
			out[name] = value
		}
	}
	for name := range read { // had a value that is empty now
		if _, ok := own[name]; !ok {
			delete(out, name)
		}
	}
	tied := true
	_ = json.Unmarshal(c.raw["tie_word_embeddings"], &tied)
	if tied == c.UntiedDecoder {
		out["tie_word_embeddings"] = !c.UntiedDecoder
	}
	c.writeLabels(out)
	return out, nil
}

// write saves the configuration as dir/config.json, with the fields that were read, float32
// as the type of the weights, and architecture as the only architecture.
func (c Config) write(dir, architecture string) error {
	out, err := c.fields()
	if err != nil {
		return err
	}
	out["architectures"] = []string{architecture}
	out["model_type"] = "bert"
	for _, field := range []string{"dtype", "torch_dtype"} { // transformers rounds the weights to this type
		if _, ok := out[field]; ok {
			out[field] = "float32"
		}
	}
	text, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, modelfolder.ConfigFile), append(text, '\n'), 0o644)
}

// architectures returns the classes of transformers that config.json names.
func (c Config) architectures() (names []string) {
	_ = json.Unmarshal(c.raw["architectures"], &names) // other values name none
	return names
}
