package bert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// Config holds the sizes, the other settings and the class names of a BERT: the fields of
// Hugging Face's config.json that change what the network computes. A saved model keeps the
// other fields of its config.json unchanged.
//
// Source: Devlin et al. 2019 (arXiv:1810.04805) and the config.json of
// transformers' BertConfig.
type Config struct {
	VocabSize             int     `json:"vocab_size"`                   // number of word pieces: rows of the embedding
	HiddenSize            int     `json:"hidden_size"`                  // width of a token's vector
	NumHiddenLayers       int     `json:"num_hidden_layers"`            // transformer layers
	NumAttentionHeads     int     `json:"num_attention_heads"`          // attention heads per layer; divides HiddenSize
	IntermediateSize      int     `json:"intermediate_size"`            // width of the feed-forward block
	HiddenAct             string  `json:"hidden_act"`                   // gelu, gelu_new, relu, silu, mish and others of transformers without weights of their own
	HiddenDropout         float64 `json:"hidden_dropout_prob"`          // in training, after each block; 0 <= p < 1
	AttentionDropout      float64 `json:"attention_probs_dropout_prob"` // in training, on attention weights; 0 <= p < 1
	MaxPositionEmbeddings int     `json:"max_position_embeddings"`      // maximum input length in tokens, special tokens included
	TypeVocabSize         int     `json:"type_vocab_size"`              // token types (sentence A, sentence B)
	InitializerRange      float64 `json:"initializer_range"`            // standard deviation of initialized weights
	LayerNormEps          float64 `json:"layer_norm_eps"`               // added to the variance in layer normalization
	PadTokenID            int     `json:"pad_token_id"`                 // id of the padding piece

	// Labels holds the class names by index: config.json's id2label. It is empty if the
	// file names none.
	Labels []string `json:"-"`

	// ClassifierDropout is the dropout before the classifier; nil means HiddenDropout.
	ClassifierDropout *float64 `json:"classifier_dropout,omitempty"`

	// ProblemType is the meaning of the classifier's logits: SingleLabel, MultiLabel or
	// Regression. Empty means SingleLabel for two classes or more; see Config.Problem. It
	// changes no logit; other values are accepted.
	ProblemType string `json:"problem_type,omitempty"`

	// UntiedDecoder gives the masked-language-model head a decoder of its own. By default
	// the decoder is the word embedding. UntiedDecoder is the opposite of config.json's
	// tie_word_embeddings.
	UntiedDecoder bool `json:"-"`

	// raw holds all fields of config.json, so that a saved model keeps them.
	raw map[string]json.RawMessage
}

// ConfigError says which field of a configuration cannot be used, and why.
type ConfigError struct {
	Path   string // file; empty for a configuration in memory
	Field  string // name in config.json; empty if the error concerns no field
	Reason string // what was found and what is expected
	Option string // option of the caller that can supply the value; empty if there is none
}

// Error names the file, the field and the option.
func (e *ConfigError) Error() string {
	text := "bert: "
	if e.Path != "" {
		text += e.Path + ": "
	}
	if e.Field != "" {
		text += fmt.Sprintf("field %q: ", e.Field)
	}
	text += e.Reason
	if e.Option != "" {
		text += ": set it in " + e.Option
	}
	return text
}

// atConfigPath sets the file of each *ConfigError in err, which may be joined of several,
// that names none.
func atConfigPath(err error, path string) error {
	switch err := err.(type) {
	case *ConfigError:
		if err.Path == "" {
			err.Path = path
		}
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			_ = atConfigPath(e, path)
		}
	}
	return err
}

// ReadConfig reads and validates dir/config.json, or the bert_config.json of Google's
// releases. Missing fields have the defaults of transformers' BertConfig. For a SavedModel of
// Google, which contains neither file, the shapes of its tensors give the sizes; the number
// of attention heads is the number after "A-" in the folder's name, or else the width divided
// by 64. The error joins a *ConfigError for each problem, unless a file cannot be read.
func ReadConfig(dir string) (Config, error) {
	path, ok := modelfolder.ConfigPath(dir)
	if !ok {
		r, err := googlebert.Find(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return Config{}, fmt.Errorf("bert: %s is missing: expected config.json, model.safetensors and vocab.txt in a model's folder: %w", path, fs.ErrNotExist)
		}
		if err != nil {
			return Config{}, err
		}
		data, err := r.ConfigJSON()
		if ge := (*googlebert.ConfigError)(nil); errors.As(err, &ge) {
			return Config{}, &ConfigError{Path: ge.Path, Field: ge.Field, Reason: ge.Reason}
		}
		if err != nil {
			return Config{}, err
		}
		return parseConfigAt(dir, data)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return Config{}, err
	}
	return parseConfigAt(path, data)
}

// parseConfigAt is ParseConfig for the text of the file at path.
func parseConfigAt(path string, data []byte) (Config, error) {
	if err := lfs.Check(path, data); err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(data)
	return c, atConfigPath(err, path)
}

// defaultConfig holds the defaults of transformers' BertConfig.
func defaultConfig() Config {
	return Config{
		HiddenAct: "gelu", HiddenDropout: 0.1, AttentionDropout: 0.1, MaxPositionEmbeddings: 512,
		TypeVocabSize: 2, InitializerRange: 0.02, LayerNormEps: 1e-12,
	}
}

// ParseConfig decodes and validates the text of a config.json. Missing fields have the defaults
// of transformers' BertConfig. The error joins a *ConfigError for each problem.
func ParseConfig(data []byte) (Config, error) {
	c := defaultConfig()
	if err := json.Unmarshal(data, &c.raw); err != nil {
		return Config{}, &ConfigError{Reason: "is not a JSON object: " + err.Error()}
	}
	if err := c.decodeOwn(); err != nil {
		var te *json.UnmarshalTypeError
		if errors.As(err, &te) {
			return Config{}, &ConfigError{Field: te.Field, Reason: fmt.Sprintf("is a %s, expected %s", te.Value, te.Type)}
		}
		return Config{}, &ConfigError{Reason: err.Error()}
	}
	labels, err := readLabels(c.raw)
	if err := errors.Join(c.readKind(), err, c.Validate()); err != nil {
		return Config{}, err
	}
	c.Labels = labels
	return c, nil
}

// Validate checks that a BERT can have the values of all fields. Its error joins a
// *ConfigError for each that it cannot have.
func (c Config) Validate() error {
	var problems []error
	invalid := func(field, format string, args ...any) {
		problems = append(problems, &ConfigError{Field: field, Reason: fmt.Sprintf(format, args...)})
	}
	for _, f := range []struct {
		name  string
		value int
	}{
		{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.NumHiddenLayers},
		{"num_attention_heads", c.NumAttentionHeads}, {"intermediate_size", c.IntermediateSize},
		{"max_position_embeddings", c.MaxPositionEmbeddings}, {"type_vocab_size", c.TypeVocabSize},
	} {
		if f.value < 1 {
			invalid(f.name, "is %d, expected at least 1", f.value)
		}
	}
	if c.NumAttentionHeads > 0 && c.HiddenSize%c.NumAttentionHeads != 0 {
		invalid("num_attention_heads", "is %d, expected a divisor of hidden_size, %d", c.NumAttentionHeads, c.HiddenSize)
	}
	if _, ok := activations[c.HiddenAct]; !ok {
		invalid("hidden_act", "is %q, expected one of %s", c.HiddenAct, strings.Join(activationNames(), ", "))
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"hidden_dropout_prob", c.HiddenDropout}, {"attention_probs_dropout_prob", c.AttentionDropout},
		{"classifier_dropout", c.classifierDropout()},
	} {
		if !(f.value >= 0 && f.value < 1) {
			invalid(f.name, "is %v, expected 0 <= p < 1", f.value)
		}
	}
	if !(c.LayerNormEps > 0) {
		invalid("layer_norm_eps", "is %v, expected more than 0", c.LayerNormEps)
	}
	if !(c.InitializerRange > 0) {
		invalid("initializer_range", "is %v, expected more than 0", c.InitializerRange)
	}
	if c.VocabSize > 0 && (c.PadTokenID < 0 || c.PadTokenID >= c.VocabSize) {
		invalid("pad_token_id", "is %d, expected 0 to %d", c.PadTokenID, c.VocabSize-1)
	}
	return errors.Join(problems...)
}

func (c Config) classifierDropout() float64 {
	if c.ClassifierDropout != nil {
		return *c.ClassifierDropout
	}
	return c.HiddenDropout
}

// LayerWeights returns the number of weights in the matrices of one transformer layer: those that
// multiply each token.
func (c Config) LayerWeights() int { return (4*c.HiddenSize + 2*c.IntermediateSize) * c.HiddenSize }

// headSize returns the width of one attention head.
func (c Config) headSize() int { return c.HiddenSize / c.NumAttentionHeads }
