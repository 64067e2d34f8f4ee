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

// Config describes a BERT encoder and its classification labels: the part of
// Hugging Face's config.json that changes what the network computes. Fields of
// config.json that are not listed here are kept as they are when a model is saved.
//
// Source: Devlin et al. 2019 (arXiv:1810.04805) and the config.json of
// transformers' BertConfig.
type Config struct {
	VocabSize             int     `json:"vocab_size"`                   // word pieces, rows of the embedding
	HiddenSize            int     `json:"hidden_size"`                  // width of a token's vector
	NumHiddenLayers       int     `json:"num_hidden_layers"`            // transformer layers
	NumAttentionHeads     int     `json:"num_attention_heads"`          // heads a layer; divides HiddenSize
	IntermediateSize      int     `json:"intermediate_size"`            // width inside the feed-forward block
	HiddenAct             string  `json:"hidden_act"`                   // gelu, gelu_new, gelu_pytorch_tanh, relu, silu or swish
	HiddenDropout         float64 `json:"hidden_dropout_prob"`          // in training, after every block; 0..1
	AttentionDropout      float64 `json:"attention_probs_dropout_prob"` // in training, on attention's weights; 0..1
	MaxPositionEmbeddings int     `json:"max_position_embeddings"`      // longest input in tokens, specials included
	TypeVocabSize         int     `json:"type_vocab_size"`              // token types (sentence A, sentence B)
	InitializerRange      float64 `json:"initializer_range"`            // standard deviation of fresh weights
	LayerNormEps          float64 `json:"layer_norm_eps"`               // added to the variance in layer norms
	PadTokenID            int     `json:"pad_token_id"`                 // id of the padding piece

	// Labels names the classes, index by index: config.json's id2label. Empty
	// means that the file names none.
	Labels []string `json:"-"`

	// ClassifierDropout is the dropout before the classifier; nil means HiddenDropout.
	ClassifierDropout *float64 `json:"classifier_dropout,omitempty"`

	// ProblemType says what the classifier's logits mean: SingleLabel, MultiLabel or
	// Regression. Empty means SingleLabel for two classes and more, Regression for one. It
	// changes no logit, and other values are not refused here.
	ProblemType string `json:"problem_type,omitempty"`

	// UntiedDecoder: the masked-word head has a decoder of its own. By default its decoder
	// is the word embedding. It is config.json's tie_word_embeddings, the other way round.
	UntiedDecoder bool `json:"-"`

	// raw holds config.json as it was read, so that saving loses nothing.
	raw map[string]json.RawMessage
}

// The values of Config.ProblemType. transformers' text-classification pipeline answers with
// the softmax of the logits for SingleLabel, with a sigmoid of each for MultiLabel, and with
// the logits themselves for Regression.
const (
	SingleLabel = "single_label_classification"
	MultiLabel  = "multi_label_classification"
	Regression  = "regression"
)

// ConfigError says which field of a configuration cannot be used, and why.
type ConfigError struct {
	Path   string // file, empty for a configuration made in memory
	Field  string // name as in config.json
	Reason string // what was found and what is expected
	Option string // the caller's option that gives the value instead; empty where there is none
}

func (e *ConfigError) Error() string {
	where, reason := e.Path, e.Reason
	if where == "" {
		where = "bert configuration"
	}
	if e.Option != "" {
		reason += ": give it in " + e.Option
	}
	if e.Field == "" {
		return fmt.Sprintf("%s: %s", where, reason)
	}
	return fmt.Sprintf("%s: field %q: %s", where, e.Field, reason)
}

// ReadConfig reads dir/config.json, or the bert_config.json of Google's releases, and
// validates it. Fields that older files leave out take the defaults of transformers'
// BertConfig. A SavedModel of Google's, which holds neither, is described by the
// shapes of its tensors, and by its folder's name: the number of heads is that of
// "A-12" in it, or else the width divided by 64. The error is a *ConfigError unless
// a file cannot be read at all.
func ReadConfig(dir string) (Config, error) {
	path, ok := modelfolder.ConfigPath(dir)
	if !ok {
		r, err := googlebert.Find(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return Config{}, fmt.Errorf("%s is missing: a model folder holds config.json, model.safetensors and vocab.txt: %w", path, fs.ErrNotExist)
		}
		if err != nil {
			return Config{}, err
		}
		data, err := r.ConfigJSON()
		if re := (*googlebert.ConfigError)(nil); errors.As(err, &re) {
			return Config{}, &ConfigError{Path: re.Path, Field: re.Field, Reason: re.Reason}
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

// parseConfigAt is ParseConfig for the text of a file.
func parseConfigAt(path string, data []byte) (Config, error) {
	if err := lfs.Check(path, data); err != nil {
		return Config{}, err
	}
	c, err := ParseConfig(data)
	if ce := (*ConfigError)(nil); errors.As(err, &ce) {
		ce.Path = path
	}
	return c, err
}

// defaultConfig holds the defaults of transformers' BertConfig.
func defaultConfig() Config {
	return Config{
		HiddenAct: "gelu", HiddenDropout: 0.1, AttentionDropout: 0.1, MaxPositionEmbeddings: 512,
		TypeVocabSize: 2, InitializerRange: 0.02, LayerNormEps: 1e-12,
	}
}

// ParseConfig decodes and validates the text of a config.json.
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
	if err := c.readKind(); err != nil {
		return Config{}, err
	}
	labels, err := readLabels(c.raw)
	if err != nil {
		return Config{}, err
	}
	c.Labels = labels
	return c, c.Validate()
}

// Validate reports the first field whose value no BERT can have, as a *ConfigError.
func (c Config) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{
		{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.NumHiddenLayers},
		{"num_attention_heads", c.NumAttentionHeads}, {"intermediate_size", c.IntermediateSize},
		{"max_position_embeddings", c.MaxPositionEmbeddings}, {"type_vocab_size", c.TypeVocabSize},
	} {
		if f.value < 1 {
			return &ConfigError{Field: f.name, Reason: fmt.Sprintf("is %d, expected at least 1", f.value)}
		}
	}
	if c.HiddenSize%c.NumAttentionHeads != 0 {
		return &ConfigError{Field: "num_attention_heads", Reason: fmt.Sprintf("%d heads do not divide hidden_size %d", c.NumAttentionHeads, c.HiddenSize)}
	}
	if _, ok := activations[c.HiddenAct]; !ok {
		return &ConfigError{Field: "hidden_act", Reason: fmt.Sprintf("is %q, supported are %s", c.HiddenAct, strings.Join(activationNames(), ", "))}
	}
	for _, f := range []struct {
		name  string
		value float64
	}{
		{"hidden_dropout_prob", c.HiddenDropout}, {"attention_probs_dropout_prob", c.AttentionDropout},
		{"classifier_dropout", c.classifierDropout()},
	} {
		if !(f.value >= 0 && f.value < 1) {
			return &ConfigError{Field: f.name, Reason: fmt.Sprintf("is %v, expected 0 <= p < 1", f.value)}
		}
	}
	if !(c.LayerNormEps > 0) {
		return &ConfigError{Field: "layer_norm_eps", Reason: fmt.Sprintf("is %v, expected more than 0", c.LayerNormEps)}
	}
	if !(c.InitializerRange > 0) {
		return &ConfigError{Field: "initializer_range", Reason: fmt.Sprintf("is %v, expected more than 0", c.InitializerRange)}
	}
	if c.PadTokenID < 0 || c.PadTokenID >= c.VocabSize {
		return &ConfigError{Field: "pad_token_id", Reason: fmt.Sprintf("is %d, expected 0 to %d", c.PadTokenID, c.VocabSize-1)}
	}
	return nil
}

func (c Config) classifierDropout() float64 {
	if c.ClassifierDropout != nil {
		return *c.ClassifierDropout
	}
	return c.HiddenDropout
}

// headSize is the width of one attention head.
func (c Config) headSize() int { return c.HiddenSize / c.NumAttentionHeads }
