package bert

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Model is a BERT: what it is, how it reads, and what it has learned.
type Model struct {
	Config    Config
	Tokenizer *tokenizers.Tokenizer
	Head      Head

	// Store holds the weights, float32 (but see RoundProjections) and frozen, under
	// Hugging Face's module names with "/" for ".".
	Store *model.Store

	// Dir is the folder that the model was opened from.
	Dir string

	// Fresh names the tensors that the folder lacks and that were made anew: an
	// untrained classifier, as a rule.
	Fresh []string

	// Skipped names the tensors of the folder that the model does not need: other heads,
	// buffers, copies of tied weights.
	Skipped []string
}

// Options of Open; the zero value opens the encoder alone.
type Options struct {
	Head   Head
	Labels []string // Classification: the classes, see Open; empty means those that config.json names
	Seed   int64    // of the fresh weights

	// FreshHead makes the classifier anew, whatever classifier the folder holds, and leaves
	// out each tensor of an unknown head: for a base that was trained for another task or
	// other classes. config.json's problem_type is dropped unless it is SingleLabel.
	// It does what transformers' ignore_mismatched_sizes does, for classifiers that fit as well.
	FreshHead bool

	// Resolve finds or downloads the folder; the zero value is ResolveOptions' own.
	Resolve ResolveOptions
}

// Open opens a model by folder, by hub name ("bert-base-cased",
// "sentence-transformers/all-MiniLM-L6-v2"), or from the hub's cache: see Resolve.
// Every tensor is checked against the configuration: a *WeightsError lists all
// that are missing, unexpected or misshapen. Tensors of other heads of transformers' BERT
// classes, and buffers, are left out and named in Model.Skipped. A classifier (and pooler)
// that the folder lacks is made from Options.Seed and named in Model.Fresh. A classifier of
// tokens or of choices (config.json's architectures) is a *ConfigError for Classification.
//
// Where config.json names no classes and the folder holds a classifier, they have
// transformers' names, LABEL_0, LABEL_1, ...: transformers 5 writes no names for two classes
// that were given none.
//
// The rows of a classifier that the folder holds follow Options.Labels by name: where
// config.json names the same classes in another order, upper and lower case alike, the
// rows are reordered. Where it names other classes, as many, the rows stay and get the
// new names; a name that both have at different places is a *ConfigError.
func Open(ctx context.Context, name string, opts Options) (*Model, error) {
	dir, err := Resolve(ctx, name, opts.Resolve)
	if err != nil {
		return nil, err
	}
	config, err := ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if err := checkWeights(dir); err != nil {
		return nil, err
	}
	named := config.Labels
	if opts.Head == Classification {
		if len(opts.Labels)+len(named) == 0 && !opts.FreshHead {
			if config.Labels, err = classifierLabels(dir); err != nil {
				return nil, mend(err)
			}
		}
		if err := config.setLabels(opts.Labels, "Options.Labels"); err != nil {
			return nil, atConfig(err, dir)
		}
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		return nil, err
	}
	m := &Model{Config: config, Tokenizer: tokenizer, Head: opts.Head, Store: model.NewStore(), Dir: dir}
	described, _ := modelfolder.ConfigPath(dir)
	if err := m.checkVocab(described, modelfolder.IsHub(dir)); err != nil {
		return nil, err
	}
	if caught := exceptions.TryCatch[error](func() { err = m.load(opts) }); caught != nil {
		err = caught
	}
	if err != nil {
		return nil, mend(err)
	}
	if m.Head == Classification && !slices.Contains(m.Fresh, ClassifierWeight) {
		if err := m.orderClassifier(named); err != nil {
			return nil, fmt.Errorf("%s: %w; to train a new classifier on this base, set FreshHead, in bert.Options or a finetune.Experiment (fresh_head)", dir, err)
		}
	}
	return m, nil
}

// Encoder returns the builder of the model's graph.
func (m *Model) Encoder() *Encoder { return &Encoder{Config: m.Config} }

// Variable returns the variable of the tensor with a dotted name, such as
// [ClassifierWeight]; nil if the model has none.
func (m *Model) Variable(name string) *model.Variable { return m.Store.GetVariable(dotted.Path(name)) }

// HasPooler reports whether the model has a pooler.
func (m *Model) HasPooler() bool { return m.Variable(PoolerModule+".weight") != nil }

// FreshClassifier reports whether the classifier was made anew: the folder holds none, or
// Options.FreshHead is set.
func (m *Model) FreshClassifier() bool { return slices.Contains(m.Fresh, ClassifierWeight) }

// checkVocab compares the tokenizer with the configuration, read from path. Rows of the
// embedding behind the last piece shift no id, and models of the hub have any number of
// them. New models and Google's releases, of which whole vocabularies are known, have at
// most those that round the number up to a multiple of 64: there a lost line is told from
// a spare row.
func (m *Model) checkVocab(path string, hub bool) error {
	t := m.Tokenizer
	n := t.VocabSize()
	spare := m.Config.VocabSize - n
	if spare == 0 || spare > 0 && (hub || m.Config.VocabSize%64 == 0 && spare < 64) {
		return nil
	}
	reason := fmt.Sprintf("is %d but the vocabulary holds %d pieces: they are of different models", m.Config.VocabSize, n)
	if spare < 0 && t.BaseVocabSize() <= m.Config.VocabSize {
		var beyond []string
		for _, a := range t.Options().Added {
			if id, _ := t.ID(a.Content); int(id) >= m.Config.VocabSize {
				beyond = append(beyond, strconv.Quote(a.Content))
			}
		}
		reason = fmt.Sprintf("is %d but the tokenizer has %d ids: %s lie beyond the embedding. Delete them from the tokenizer's files, or enlarge the embedding by transformers' resize_token_embeddings",
			m.Config.VocabSize, n, strings.Join(beyond, ", "))
	}
	return &ConfigError{Path: path, Field: "vocab_size", Reason: reason}
}
