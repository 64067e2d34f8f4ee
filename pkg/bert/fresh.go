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

// setVariable stores the values of a parameter as a frozen variable.
func setVariable(store *model.Store, p param, values []float32) {
	store.VariableWithValue(p.path(), tensors.FromFlatDataAndDimensions(values, p.shape...)).SetTrainable(false)
}

// New makes an untrained model for pre-training or training: every tensor is initialized from
// the seed. [ParseConfig] makes a configuration from a few fields, with transformers'
// defaults for the others; [tokenizers.TrainVocabulary] trains a vocabulary. The classes of a
// Classification head are config.Labels. The error is a *ConfigError, or several joined, if
// no BERT has the configuration or if it does not fit the tokenizer.
func New(config Config, tokenizer *tokenizers.Tokenizer, head Head, seed int64) (*Model, error) {
	if err := config.Validate(); err != nil {
		return nil, err
	}
	if tokenizer == nil {
		return nil, errors.New("bert: the tokenizer is nil, expected a tokenizer: make one with tokenizers.New and the vocabulary that tokenizers.TrainVocabulary returns")
	}
	if pad := int(tokenizer.PAD()); config.PadTokenID != pad {
		return nil, &ConfigError{Field: "pad_token_id", Reason: fmt.Sprintf("is %d, expected %d, the id of the tokenizer's %s", config.PadTokenID, pad, tokenizer.Options().PAD)}
	}
	if head.HasClassifier() {
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
	if err := exceptions.TryCatch[error](func() { config.initialize(m.Store, params, seed) }); err != nil {
		return nil, fmt.Errorf("bert: initializing %d tensors: %w", len(params), err)
	}
	return m, nil
}

// initialize sets parameters as transformers does: biases to 0, the weights of layer
// normalization to 1, others to normally distributed values with the configuration's standard
// deviation. Each tensor has a random generator of its own, seeded by seed and name, so that
// the order of the parameters has no effect.
func (c Config) initialize(store *model.Store, params []param, seed int64) {
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
