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

// Save writes the model to the new folder dir in the hub's layout: config.json,
// model.safetensors (float32, current tensor names) and the tokenizer's files. Open and
// transformers' from_pretrained read it. Save writes the network's own tensors: merge an
// adapter first, or save it separately.
//
// The folder appears whole or not at all. A folder that is not empty is an error, and so is a
// tensor with a value that is NaN or infinite: the error lists all such tensors.
func (m *Model) Save(dir string) error { return m.SaveWith(dir, nil) }

// SaveWith is Save with further files: more writes them into the folder tmp before it appears as
// dir; nil writes none.
func (m *Model) SaveWith(dir string, more func(tmp string) error) error {
	err := folder.Create(dir, func(tmp string) error {
		if err := m.write(tmp); err != nil || more == nil {
			return err
		}
		return more(tmp)
	})
	if errors.Is(err, folder.ErrTaken) {
		return fmt.Errorf("bert: %w: expected a new folder for the model", err)
	}
	return err
}

// write writes the model's files into dir.
func (m *Model) write(dir string) error {
	defer m.ForgetWords()
	var named []safetensors.Named
	var problems []error
	for _, p := range m.Config.params(m.Head, len(m.Config.Labels)) {
		if m.Variable(p.name) == nil && p.optional {
			continue
		}
		value, err := m.valueToSave(p)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		name := p.name
		if m.Head == NoHead { // the names of transformers' BertModel have no prefix
			name = strings.TrimPrefix(name, encoderPrefix)
		}
		n, err := safetensors.FromTensor(name, value)
		if err != nil {
			return err
		}
		named = append(named, n)
		if p.name == decoderBias { // transformers 4 reads the bias under this name only
			n.Name = MaskedLMBias
			named = append(named, n)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("bert: the model is not saved: %w", err)
	}
	return writeFolder(dir, named, m.Config, m.Head.String(), m.Tokenizer)
}

// valueToSave returns the value of a parameter, which must be finite and float32.
func (m *Model) valueToSave(p param) (*tensors.Tensor, error) {
	v := m.Variable(p.name)
	if v == nil {
		return nil, fmt.Errorf("the store has no variable %s, expected one of shape %v", p.path(), p.shape)
	}
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	if d := value.DType(); d != dtypes.Float32 {
		return nil, fmt.Errorf("%s is %s, expected float32: RoundProjections rounded it, open the model again", p.name, d)
	}
	return value, finite(p.name, value)
}

// finite returns an error for the first value of a tensor that is NaN or infinite.
func finite(name string, value *tensors.Tensor) (err error) {
	accessErr := value.ConstFlatData(func(flat any) {
		for i, x := range flat.([]float32) {
			if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
				err = fmt.Errorf("%s: value %d of %v is %v, expected a finite number: the training diverged", name, i, value.Shape().Dimensions, x)
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
