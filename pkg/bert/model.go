package bert

import (
	"context"
	"fmt"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Model is a BERT: what it is, how it reads, and what it has learned.
type Model struct {
	Config    Config
	Tokenizer *Tokenizer
	Head      Head

	// Store holds the weights, float32 (but see RoundProjections) and frozen, under
	// Hugging Face's module names with "/" for ".".
	Store *model.Store

	// Dir is the folder that the model was opened from.
	Dir string

	// Fresh names the tensors that the folder lacks and that were made anew: an
	// untrained classifier, as a rule.
	Fresh []string
}

// Options of Open; the zero value opens the encoder alone.
type Options struct {
	Head   Head
	Labels []string // Classification: the classes; empty means those that config.json names
	Seed   int64    // of the fresh weights

	// Resolve finds or downloads the folder; the zero value is ResolveOptions' own.
	Resolve ResolveOptions
}

// Open opens a model by folder, by hub name ("bert-base-cased",
// "sentence-transformers/all-MiniLM-L6-v2"), or from the hub's cache: see Resolve.
// Every tensor is checked against the configuration: a *WeightsError lists all
// that are missing, unexpected or misshapen. A classifier (and pooler) that the
// folder lacks is made from Options.Seed and named in Model.Fresh.
func Open(ctx context.Context, name string, opts Options) (*Model, error) {
	dir, err := Resolve(ctx, name, opts.Resolve)
	if err != nil {
		return nil, err
	}
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if opts.Head == Classification {
		if err := config.setLabels(opts.Labels); err != nil {
			return nil, fmt.Errorf("%s: %w", dir, err)
		}
	}
	tokenizer, err := OpenTokenizer(dir)
	if err != nil {
		return nil, err
	}
	m := &Model{Config: config, Tokenizer: tokenizer, Head: opts.Head, Store: model.NewStore(), Dir: dir}
	described, _ := configPath(dir)
	if err := m.checkVocab(described); err != nil {
		return nil, err
	}
	if caught := exceptions.TryCatch[error](func() { err = m.load(opts.Seed) }); caught != nil {
		err = caught
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (m *Model) load(seed int64) error {
	params := m.Config.params(m.Head, len(m.Config.Labels))
	fresh, err := loadWeights(m.Dir, m.Store, params, m.Head)
	if err != nil {
		return err
	}
	m.Config.initialise(m.Store, fresh, seed)
	for _, p := range fresh {
		m.Fresh = append(m.Fresh, p.name)
	}
	return nil
}

// Encoder returns the builder of the model's graph.
func (m *Model) Encoder() *Encoder { return &Encoder{Config: m.Config} }

// checkVocab compares the tokenizer with the configuration, read from path.
func (m *Model) checkVocab(path string) error {
	n := m.Tokenizer.VocabSize()
	if n == m.Config.VocabSize || m.Config.paddedVocab(n) {
		return nil
	}
	return &ConfigError{Path: path, Field: "vocab_size", Reason: fmt.Sprintf("is %d but the vocabulary holds %d pieces: they are of different models", m.Config.VocabSize, n)}
}

// paddedVocab reports whether the embedding merely has rows to spare for a
// vocabulary of n pieces: some models round it up to a multiple of 64. Any other
// difference means that lines were lost, which would shift every id behind them.
func (c Config) paddedVocab(n int) bool {
	return c.VocabSize%64 == 0 && n < c.VocabSize && c.VocabSize-n < 64
}

// setLabels names the classes; a file that names as many others keeps its weights,
// for their order is the caller's knowledge.
func (c *Config) setLabels(labels []string) error {
	if len(labels) == 0 {
		labels = c.Labels
	}
	if len(labels) < 2 {
		return &ConfigError{Field: "id2label", Reason: fmt.Sprintf("names %d classes, classification needs at least 2: name them in Options.Labels", len(labels))}
	}
	c.Labels = labels
	return nil
}
