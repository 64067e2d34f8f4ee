package bert

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Save writes the model to a new folder in the hub's layout: config.json,
// model.safetensors (float32, today's tensor names) and the tokenizer's files, so
// that Open and transformers' from_pretrained read it. Only the network's own
// tensors are written: an adapter must be merged first or is saved on its own.
//
// The folder appears whole or not at all; one that holds anything already is an error,
// and so is a value that is NaN or infinite.
func (m *Model) Save(dir string) error {
	err := folder.Create(dir, m.write)
	if errors.Is(err, folder.ErrTaken) {
		return fmt.Errorf("%w: a model is saved to a new folder", err)
	}
	return err
}

// write puts the model's files into dir.
func (m *Model) write(dir string) error {
	var named []safetensors.Named
	for _, p := range m.Config.params(m.Head, len(m.Config.Labels)) {
		v := m.Store.GetVariable(p.path())
		if v == nil && p.optional {
			continue
		}
		if v == nil {
			return fmt.Errorf("model not saved: the store has no variable %s", p.path())
		}
		value, err := v.Value()
		if err != nil {
			return err
		}
		if d := value.DType(); d != dtypes.Float32 {
			return fmt.Errorf("model not saved: %s is %s, expected float32: RoundProjections rounded it, open the model again", p.name, d)
		}
		if err := finite(p.name, value); err != nil {
			return fmt.Errorf("model not saved: %w", err)
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
		if p.name == decoderBias { // transformers 4 reads it by this name alone
			n.Name = MaskedLMBias
			named = append(named, n)
		}
	}
	return writeFolder(dir, named, m.Config, m.Head.String(), m.Tokenizer)
}

// finite reports the first value of a tensor that is NaN or infinite.
func finite(name string, value *tensors.Tensor) (err error) {
	accessErr := value.ConstFlatData(func(flat any) {
		for i, x := range flat.([]float32) {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				err = fmt.Errorf("%s: value %d of %v is %v, expected finite numbers: the training went wrong", name, i, value.Shape().Dimensions, x)
				return
			}
		}
	})
	return errors.Join(accessErr, err)
}

// writeFolder writes a model in the hub's layout.
func writeFolder(dir string, weights []safetensors.Named, config Config, architecture string, tokenizer *tokenizers.Tokenizer) error {
	if err := safetensors.Write(filepath.Join(dir, modelfolder.WeightsFile), weights, safetensors.WithChecksums(map[string]string{"format": "pt"})); err != nil {
		return err
	}
	if err := config.write(dir, architecture); err != nil {
		return err
	}
	return tokenizer.Save(dir, config.MaxPositionEmbeddings)
}
