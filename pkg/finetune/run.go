package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Run is an experiment at work in its run folder. Its three parts, Baseline,
// Train and Report, are computed once: what the folder already holds is returned
// at once, without opening the model. A Run is not safe for concurrent use.
type Run struct {
	Experiment Experiment // with its defaults written out
	Folder     *runfolder.Folder

	options Options
	engine  *engine.Engine
	reviews *Reviews
	warned  map[string]bool // warnings that Progress has shown
}

// Options of a Run, which do not change what it computes.
type Options struct {
	Progress progress.Progress // is told how far the work has come; default Nop
	Backend  compute.Backend   // what to compute with; default the best engine of this machine, opened once a process; the Go backend with a bounded pool of workers is refused, for it can wait for ever

	// MaxPrefixBytes bounds the folder in which Training.PrefixCache keeps hidden states,
	// lorabook/prefix in the user's cache folder. Those that no run uses and none used for
	// longest make room; what does not fit then is a *PrefixSizeError. Default 8 GiB.
	MaxPrefixBytes int64

	// OnHistory is called with each line of the history as it is written, and first
	// with those that the folder already holds: a chart that listens shows the
	// whole training, resumed or not.
	OnHistory func(runfolder.HistoryLine)

	watch func(work string) // is told when the model is opened and when reviews are tokenized; for tests
}

// work tells watch, if there is one.
func (o Options) work(work string) {
	if o.watch != nil {
		o.watch(work)
	}
}

// engine is the one to compute with.
func (o Options) engine() (*engine.Engine, error) {
	if o.Backend != nil {
		if err := engine.CheckPool(o.Backend); err != nil {
			return nil, fmt.Errorf("options: Backend: %w", err)
		}
		return &engine.Engine{Backend: o.Backend, Config: o.Backend.Name(), Reason: "given by the program"}, nil
	}
	return engine.Shared()
}

// Open opens the run folder dir ("runs/imdb") for the experiment, making it if
// there is none. A folder that holds another experiment gives a *ChangedError, one
// that another process works in a *BusyError, a field that cannot be used a
// *FieldError. Close the run when done.
//
// experiment.json also holds the digests of the data as they are read (texts, labels,
// ids, halves) and of the model's files (configuration, weights, tokenizer). Data or a
// model that changed since gives a *ChangedError as well, whatever the folder holds
// already. To open a finished run stays fast: nothing is read whose files have the sizes,
// times and inodes that they had when the digests were computed. What is not on this
// machine any more is not compared, and a folder of an earlier version has no digests:
// those of today are then recorded. Options.Progress shows a note in both cases.
//
// An experiment that fails before anything is computed, by a misspelt model say, leaves
// nothing in the folder that would refuse the corrected one.
func Open(dir string, e Experiment, options Options) (*Run, error) {
	root, name := filepath.Split(filepath.Clean(dir))
	if root == "" {
		root = "."
	}
	e.keepDrop(root, name)
	e, err := e.WithDefaults()
	if err != nil {
		return nil, err
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if options.Progress == nil {
		options.Progress = progress.Nop
	}
	settings.Default(&options.MaxPrefixBytes, defaultPrefixBytes)
	if options.MaxPrefixBytes < 0 {
		return nil, fmt.Errorf("options: MaxPrefixBytes is %d, expected at least 1, or 0 for %d", options.MaxPrefixBytes, int64(defaultPrefixBytes))
	}
	r := &Run{Experiment: e, options: options}
	if r.engine, err = options.engine(); err != nil {
		return nil, err
	}
	r.engine = precision.Engine(r.engine, e.Training.Precision)
	if r.Folder, err = runfolder.Create(root, name, e, runfolder.CurrentEnvironment(r.engine.String())); err != nil {
		return nil, err
	}
	if err := r.Folder.VerifyInputs(context.Background(), e.inputs(), options.Progress.Note); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := verifyLearned(r.Folder); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// inputs are what an experiment reads.
func (e Experiment) inputs() []runfolder.Input {
	return []runfolder.Input{inputs.Data(e.Data.Source), inputs.Model("model", e.Model, e.resolve())}
}

// Close lets others work in the folder.
func (r *Run) Close() error { return r.Folder.Close() }

// Engine says which compute engine serves, and why.
func (r *Run) Engine() string { return r.engine.String() }

// tried is the outcome of a part of the run. Where it failed before anything was computed,
// the folder is left to another experiment.
func tried[T any](r *Run, outcome T, err error) (T, error) {
	if err == nil {
		return outcome, nil
	}
	err = errors.Join(err, r.Folder.Withdraw(err))
	if r.Folder.IsWithdrawn() {
		r.reviews = nil // they are recorded anew in another try
	}
	var none T
	return none, err
}

// Reviews returns the experiment's examples, read once.
func (r *Run) Reviews(ctx context.Context) (*Reviews, error) {
	if r.reviews != nil {
		return r.reviews, nil
	}
	reviews, err := r.readReviews(ctx)
	return tried(r, reviews, err)
}

func (r *Run) readReviews(ctx context.Context) (*Reviews, error) {
	in := inputs.Data(r.Experiment.Data.Source)
	seen := in.LookBeforeReading()
	set, err := data.Open(ctx, r.Experiment.Data.Source)
	if err != nil {
		return nil, err
	}
	reviews, err := r.Experiment.choose(ctx, set)
	if err != nil {
		return nil, err
	}
	if err := r.Folder.ReadInput(in, seen, inputs.DataDigests(set)); err != nil {
		return nil, err
	}
	r.reviews = reviews
	return r.reviews, nil
}

// Labels returns the names of the classes, in the order of their numbers: those of the
// baseline, once it is measured, else those of the data, which are then read.
func (r *Run) Labels(ctx context.Context) ([]string, error) {
	var b Baseline
	if err := r.Folder.Read(runfolder.BaselineFile, &b); err == nil && b.Metrics != nil {
		return b.Metrics.ClassNames(), nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	reviews, err := r.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	return reviews.Labels, nil
}

// TokenCounts returns how many tokens each review has before it is cut, specials
// included.
func (r *Run) TokenCounts(ctx context.Context, reviews []data.Review) ([]int, error) {
	dir, err := bert.Resolve(ctx, r.Experiment.Model, r.Experiment.resolve())
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		return nil, err
	}
	counts := make([]int, len(reviews))
	for i, ids := range tokenizer.EncodeAll(data.Texts(reviews), 0) {
		counts[i] = len(ids)
	}
	return counts, nil
}

// predict runs the network over reviews.
func (r *Run) predict(ctx context.Context, n *network, reviews []data.Review, task string) (*metrics.Predictions, error) {
	return r.predictTokens(ctx, n, reviews, nil, task)
}

// predictTokens is predict for reviews whose token ids are known; nil tokenizes them.
func (r *Run) predictTokens(ctx context.Context, n *network, reviews []data.Review, ids [][]int32, task string) (*metrics.Predictions, error) {
	p, err := classify.NewPredictor(r.engine.Backend, n.Model, n.encoder, r.Experiment.Data.MaxLength)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	examples, err := p.Prepare(reviews, ids)
	if err != nil {
		return nil, err
	}
	return p.PredictExamples(ctx, examples, r.options.Progress, task, nil)
}
