package bert

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// setVariable stores values as the parameter's frozen variable.
func setVariable(store *model.Store, p param, values []float32) {
	store.VariableWithValue(p.path(), tensors.FromFlatDataAndDimensions(values, p.shape...)).SetTrainable(false)
}

// New makes an untrained model, to be trained from the start: every tensor is fresh,
// drawn from the seed. [ParseConfig] makes a configuration of a few fields, the rest at
// transformers' defaults, and [tokenizers.TrainVocabulary] the vocabulary of a tokenizer. The
// classes of a Classification head are config.Labels. The error is a *ConfigError where
// the configuration describes no BERT or not the tokenizer's.
func New(config Config, tokenizer *tokenizers.Tokenizer, head Head, seed int64) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if tokenizer == nil {
		return nil, errors.New("bert: a new model needs a tokenizer: make one with tokenizers.New and the vocabulary that tokenizers.TrainVocabulary returns")
	}
	if pad := int(tokenizer.PAD()); config.PadTokenID != pad {
		return nil, &ConfigError{Field: "pad_token_id", Reason: fmt.Sprintf("is %d, but the tokenizer's %s has the id %d", config.PadTokenID, tokenizer.Options().PAD, pad)}
	}
	if head == Classification {
		if err := config.setLabels(nil, "Config.Labels"); err != nil {
			return nil, err
		}
	}
	m := &Model{Config: config, Tokenizer: tokenizer, Head: head, Store: model.NewStore()}
	if err := m.checkVocab("", false); err != nil {
		return nil, err
	}
	params := config.params(head, len(config.Labels))
	for _, p := range params {
		m.Fresh = append(m.Fresh, p.name)
	}
	if err := exceptions.TryCatch[error](func() { config.initialise(m.Store, params, seed) }); err != nil {
		return nil, fmt.Errorf("bert: making %d fresh tensors: %w", len(params), err)
	}
	return m, nil
}

// initialise makes fresh parameters as transformers does: biases 0, the norms'
// weights 1, others normal with the configuration's standard deviation. Each is drawn
// from a generator of its own, seeded by seed and name, so that the order does not
// matter.
func (c Config) initialise(store *model.Store, params []param, seed int64) {
	for _, p := range params {
		size := 1
		for _, d := range p.shape {
			size *= d
		}
		values := make([]float32, size)
		switch {
		case strings.HasSuffix(p.name, "LayerNorm.weight"):
			for i := range values {
				values[i] = 1
			}
		case len(p.shape) > 1:
			rng := random.Named(seed, p.name)
			for i := range values {
				values[i] = float32(rng.NormFloat64() * c.InitializerRange)
			}
		}
		setVariable(store, p, values)
	}
}
