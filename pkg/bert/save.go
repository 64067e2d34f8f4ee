package bert

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// Save writes the model to a new folder in the hub's layout: config.json,
// model.safetensors (float32, today's tensor names) and the tokenizer's files, so
// that Open and transformers' from_pretrained read it. Only the network's own
// tensors are written: an adapter must be merged first or is saved on its own.
//
// The folder appears whole or not at all; one that exists already is an error.
func (m *Model) Save(dir string) (err error) {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s exists already: a model is saved to a new folder", dir)
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, ".saving-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(tmp))
		}
	}()
	var named []safetensors.Named
	for _, p := range m.Config.params(m.Head, len(m.Config.Labels)) {
		v := m.Store.GetVariable(p.path())
		if v == nil && p.optional {
			continue
		}
		if v == nil {
			return fmt.Errorf("%s not saved: the store has no variable %s", dir, p.path())
		}
		value, err := v.Value()
		if err != nil {
			return err
		}
		name := p.name
		if m.Head == NoHead { // transformers' BertModel knows no prefix
			name = strings.TrimPrefix(name, "bert.")
		}
		n, err := safetensors.FromTensor(name, value)
		if err != nil {
			return err
		}
		named = append(named, n)
	}
	if err := safetensors.Write(filepath.Join(tmp, "model.safetensors"), named, map[string]string{"format": "pt"}); err != nil {
		return err
	}
	if err := m.Config.write(tmp, m.Head.String()); err != nil {
		return err
	}
	if err := m.Tokenizer.Save(tmp); err != nil {
		return err
	}
	if err := os.Chmod(tmp, 0o755); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}
