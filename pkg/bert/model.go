package bert

import (
	"context"
	"errors"
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

// Model is a BERT: its configuration, its tokenizer and its weights.
type Model struct {
	Config    Config
	Tokenizer *tokenizers.Tokenizer
	Head      Head

	// Store holds the weights as frozen float32 variables (but see Options.Round), whose
	// paths are Hugging Face's names with "/" for ".".
	Store *model.Store

	// Words reads rows of the word embeddings from their file, see Options.WordsInFile; nil if they
	// are in the store alone.
	Words *Words

	// Dir is the folder that the model was opened from.
	Dir string

	// Fresh holds the names of the initialized tensors, which the folder lacks: usually
	// those of an untrained classifier.
	Fresh []string

	// Skipped holds the names of the folder's tensors that the model does not need: other
	// heads, buffers, copies of tied weights.
	Skipped []string
}

// Options are the settings of Open. The zero value opens the encoder without a head.
type Options struct {
	Head   Head
	Labels []string // of a classifier: class names, see Open; empty means those of config.json
	Seed   int64    // of initialized weights

	// FreshHead initializes the classifier even if the folder has one, and skips the tensors
	// of unknown heads: for a base model that was trained for another task or for other
	// classes. It removes config.json's problem_type unless that is SingleLabel. It is
	// transformers' ignore_mismatched_sizes, but also replaces a classifier that fits.
	FreshHead bool

	// ProblemType is, for Classification, the meaning of the logits: SingleLabel, MultiLabel
	// or Regression, whose classifier has one row. It becomes Config.ProblemType; SingleLabel
	// leaves an empty one empty. A folder whose problem_type differs is a *ConfigError, unless
	// FreshHead is set. Empty means that of config.json.
	ProblemType string

	// Round chooses projections of the encoder's layers whose matrices are rounded to bfloat16
	// while they are read, as [Model.RoundProjections] does afterwards: all weights are then never
	// in memory in float32. It receives the scope of each, such as
	// "bert/encoder/layer/0/attention/self/query". Default nil: none.
	Round func(module string) bool

	// WordsInFile leaves word embeddings of at least this number of bytes in their file: Model.Words
	// reads rows of them. The variable in the store then reads the whole file when its values are
	// asked for, and a graph that uses the variable is an error: the graph needs the rows as an
	// input, see [Encoder.WithWords]. Only float32 in the safetensors format is left in its file; others are read as always.
	// Default 0: none.
	WordsInFile int64

	// Resolve holds the options for finding or downloading the folder.
	Resolve ResolveOptions
}

// Open opens a model by its folder or its name on the hub ("bert-base-cased",
// "sentence-transformers/all-MiniLM-L6-v2"), which it downloads unless the hub's cache has it:
// see [Resolve].
//
// Open compares every tensor with the configuration: a *TensorsError lists all missing,
// unexpected and misshapen tensors. Tensors of other heads of transformers' BERT classes, and
// buffers, are skipped and listed in Model.Skipped. A classifier or pooler that the folder
// lacks is initialized from Options.Seed and listed in Model.Fresh. For Classification, a
// classifier of tokens or of choices (config.json's architectures) is a *ConfigError, and for
// TokenClassification one of texts or of choices.
//
// If config.json names no classes and the folder has a classifier, the classes have
// transformers' names, LABEL_0, LABEL_1, ...: transformers 5 writes no names for two classes
// without names.
//
// The rows of the folder's classifier follow Options.Labels by name: if config.json names the
// same classes in another order, upper and lower case alike, the rows are reordered. If it
// names the same number of other classes, the rows keep their order and get the new names; a
// name that both have at different positions is a *ConfigError.
func Open(ctx context.Context, name string, opts Options) (_ *Model, failed error) {
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
	var problem error // the folder's classifier has another problem
	if opts.FreshHead {
		config = config.withoutProblemType()
	}
	if opts.Head == TokenClassification {
		if opts.ProblemType != "" {
			return nil, fmt.Errorf("bert: Options.ProblemType is %q, expected none for %s", opts.ProblemType, opts.Head)
		}
		config = config.withoutProblemType()
	}
	if opts.Head.HasClassifier() {
		if config, problem = config.withProblem(opts.ProblemType, opts.FreshHead); problem != nil {
			problem = atConfig(problem, dir)
			if config.ProblemType != opts.ProblemType { // it is unknown
				return nil, problem
			}
		}
		if len(opts.Labels)+len(named) == 0 && !opts.FreshHead {
			if config.Labels, err = classifierLabels(dir); err != nil {
				return nil, withRemedy(err)
			}
		}
		if err := config.setLabels(opts.Labels, "Options.Labels"); err != nil {
			return nil, errors.Join(problem, atConfig(err, dir))
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
	defer func() {
		if failed != nil {
			failed = errors.Join(failed, m.Words.Close())
		}
	}()
	if err != nil {
		return nil, errors.Join(withRemedy(err), problem)
	}
	if problem != nil {
		return nil, problem
	}
	if m.Head.HasClassifier() && !slices.Contains(m.Fresh, ClassifierWeight) {
		if err := m.orderClassifier(named); err != nil {
			return nil, fmt.Errorf("%w; to train a new classifier on this model, set FreshHead, in bert.Options or a finetune.Experiment (fresh_head)", atConfig(err, dir))
		}
	}
	return m, nil
}

// Encoder returns the builder of the model's computation graph.
func (m *Model) Encoder() *Encoder { return &Encoder{Config: m.Config} }

// Variable returns the variable of the tensor with a dotted name, such as
// [ClassifierWeight]; nil if the model has none.
func (m *Model) Variable(name string) *model.Variable { return m.Store.GetVariable(dotted.Path(name)) }

// HasPooler reports whether the model has a pooler.
func (m *Model) HasPooler() bool { return m.Variable(PoolerModule+".weight") != nil }

// FreshClassifier reports whether the classifier was initialized: the folder has none, or
// Options.FreshHead is set.
func (m *Model) FreshClassifier() bool { return slices.Contains(m.Fresh, ClassifierWeight) }

// checkVocab compares the tokenizer with the configuration, which was read from path. Extra
// rows of the embedding after the last piece shift no id, and models on the hub have any
// number of them. New models and Google's releases, whose vocabularies are complete, have
// only as many as round the number of rows up to a multiple of 64: any other number means
// that the vocabulary lost a line.
func (m *Model) checkVocab(path string, hub bool) error {
	t := m.Tokenizer
	n := t.VocabSize()
	spare := m.Config.VocabSize - n
	if spare == 0 || spare > 0 && (hub || m.Config.VocabSize%64 == 0 && spare < 64) {
		return nil
	}
	reason := fmt.Sprintf("is %d, expected %d, the number of pieces in the vocabulary: the two belong to different models", m.Config.VocabSize, n)
	if spare < 0 && t.BaseVocabSize() <= m.Config.VocabSize {
		var beyond []string
		for _, a := range t.Options().Added {
			if id, _ := t.ID(a.Content); int(id) >= m.Config.VocabSize {
				beyond = append(beyond, strconv.Quote(a.Content))
			}
		}
		reason = fmt.Sprintf("is %d, expected at least %d, the number of the tokenizer's ids: the embedding has no rows for %s; delete these tokens from the tokenizer's files, or enlarge the embedding with transformers' resize_token_embeddings",
			m.Config.VocabSize, n, strings.Join(beyond, ", "))
	}
	return &ConfigError{Path: path, Field: "vocab_size", Reason: reason}
}
