package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tensorboard"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Run is an open experiment in its run folder. Its three parts, Baseline, Train and Report,
// are computed once: existing results are returned from the folder without opening the model.
// While another process computes a part, its method waits for that process, which Progress
// shows, and returns its result; if that process ends without the result, even if it is killed,
// the method computes it, from the last checkpoint. If ctx ends during the wait, the error
// matches ctx's and a *[runfolder.BusyError]. Everything else reads the folder at any time. A
// Run is not safe for concurrent use.
type Run struct {
	Experiment Experiment // with its defaults written out
	Folder     *runfolder.Folder

	options  Options
	engine   *engine.Engine
	examples *splits.Examples
	warned   map[string]bool // warnings and notes that Progress has shown
	mended   []string        // notes about files that are computed again
	earlier  bool            // the results are of a version that did not read validation halves

	announced map[announced]bool // lines of the history that OnHistory has received
}

// Options of a Run do not affect its results.
type Options struct {
	Progress progress.Progress // displays the progress; default Nop
	Backend  compute.Backend   // compute engine; default: the best engine of this machine, opened once per process; the Go backend with a bounded pool of workers is refused, since it can deadlock

	// MaxPrefixBytes bounds the folder in which Training.PrefixCache keeps hidden states,
	// lorabook/prefix in the user's cache folder. The least recently used states that no run
	// uses are deleted; if the new states still do not fit, the error is a *PrefixSizeError.
	// Default 8 GiB.
	MaxPrefixBytes int64

	// OnHistory is called with each new line of the history, and first with the existing lines:
	// a live chart shows the whole training, resumed or not. The training calls it in its own
	// goroutine and waits for it; it may end the training's context.
	OnHistory func(runfolder.HistoryLine)

	// CheckpointEvery is the least time between two checkpoints of the training: a killed process
	// loses the work of this time. Default 0: 5 s, and more where the writing of a checkpoint
	// takes long.
	CheckpointEvery time.Duration

	// TensorBoard also writes the history to an event file in the run folder, while it grows:
	// `tensorboard --logdir runs` shows the curves of all runs. A run that resumes replaces the
	// file, so that each step has one event. Default false.
	TensorBoard bool

	layer feed.Layer        // by which packed batches are chosen, in place of the model's; for tests
	watch func(work string) // called when the model is opened and when examples are tokenized; for tests
}

// work calls watch, if it is set.
func (o Options) work(work string) {
	if o.watch != nil {
		o.watch(work)
	}
}

// Open opens the run folder dir ("runs/imdb") for the experiment, and creates it if it does not
// exist. Other processes may work in the folder at the same time. The error is a
// *[runfolder.ChangedError] for a folder with another experiment, and a *FieldError for an invalid field.
// Close the run when done.
//
// experiment.json also contains the digests of the data (texts, labels, ids, halves) and of the
// model's files (configuration, weights, tokenizer). Changed data or a changed model is a
// *[runfolder.ChangedError] as well, even if all results exist. Opening a finished run stays fast: inputs
// are not read if the sizes, times and inodes of their files are unchanged since the
// computation of the digests. Inputs that are not on this machine are not compared. For a
// folder of an earlier version, without digests, the current digests are recorded.
// Options.Progress shows a note in both cases.
//
// An experiment that fails before its first result, for example because of a misspelt model,
// does not block the corrected experiment in the same folder.
func Open(dir string, e Experiment, options Options) (*Run, error) {
	r, err := open(dir, e, options)
	var changed *runfolder.ChangedError
	if errors.As(err, &changed) {
		changed.Chosen = "the argument dir of finetune.Open"
	}
	return r, err
}

func open(dir string, e Experiment, options Options) (*Run, error) {
	root, name := filepath.Split(filepath.Clean(dir))
	e.keepDrop(root, name)
	e, err := e.WithDefaults()
	if err != nil {
		return nil, err
	}
	e.keepDraw(root, name)
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
	if options.CheckpointEvery < 0 {
		return nil, fmt.Errorf("options: CheckpointEvery is %v, expected more than 0, or 0 for the default", options.CheckpointEvery)
	}
	r := &Run{Experiment: e, options: options}
	if r.engine, err = engine.For(options.Backend, "options: Backend"); err != nil {
		return nil, err
	}
	if e.Training.Precision == precision.BFloat16 {
		r.engine = feed.BFloat16(r.engine)
	}
	if r.Folder, err = runfolder.Join(root, name, e, runfolder.CurrentEnvironment(r.engine.String())); err != nil {
		return nil, err
	}
	r.earlier = isEarlier(r.Folder)
	if err := r.Folder.VerifyInputs(context.Background(), e.inputs(r.earlier), options.Progress.Note); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if err := verifyLearned(r.Folder); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	if options.TensorBoard && r.Folder.Holder(runfolder.TrainingFile) == "" { // a training writes them itself
		if err := tensorboard.Update(r.Folder); err != nil {
			return nil, errors.Join(err, r.Close())
		}
	}
	return r, nil
}

// inputs returns the inputs of an experiment.
func (e Experiment) inputs(earlier bool) []runfolder.Input {
	return []runfolder.Input{inputs.Data(e.Data.Source, e.openData(earlier, nil)), inputs.Model("model", e.Model, e.resolve())}
}

// Close ends the writing to the folder: later calls return the results that the folder has, and compute no
// others. A second Close has no effect.
func (r *Run) Close() error { return r.Folder.Close() }

// Engine describes the compute engine and the reason for its selection.
func (r *Run) Engine() string { return r.engine.String() }

// tried returns the outcome of a part of the run. If the part failed before the first result, it
// releases the folder for another experiment.
func tried[T any](r *Run, outcome T, err error) (T, error) {
	if err == nil {
		return outcome, nil
	}
	err = errors.Join(err, r.Folder.Withdraw(err))
	if r.Folder.IsWithdrawn() {
		r.examples = nil // another attempt records them again
	}
	var none T
	return none, err
}

// Examples returns the experiment's examples, read once.
func (r *Run) Examples(ctx context.Context) (*splits.Examples, error) {
	if r.examples != nil {
		return r.examples, nil
	}
	examples, err := r.readExamples(ctx)
	return tried(r, examples, err)
}

func (r *Run) readExamples(ctx context.Context) (*splits.Examples, error) {
	progress, end := progress.Bytes(r.options.Progress, "reading "+r.Experiment.Data.Source, largeBytes)
	defer end()
	open := r.Experiment.openData(r.earlier, progress)
	in := inputs.Data(r.Experiment.Data.Source, open)
	seen := in.LookBeforeReading()
	set, err := open(ctx)
	if err != nil {
		return nil, err
	}
	examples, err := r.Experiment.Data.ChooseFrom(ctx, set, r.Experiment.Seed)
	if err != nil {
		return nil, err
	}
	digests, err := inputs.DataDigests(ctx, set)
	if err != nil {
		return nil, err
	}
	if err := r.Folder.ReadInput(in, seen, digests); err != nil {
		return nil, err
	}
	if err := r.checkSplits(examples); err != nil {
		return nil, err
	}
	r.examples = examples
	return r.examples, nil
}

// Labels returns the class names in the order of their indices: from the baseline if it exists,
// otherwise from the data, which are then read. For data.Regression it is the name of the number,
// for data.TokenClassification the tags are always read from the data.
func (r *Run) Labels(ctx context.Context) ([]string, error) {
	var b Baseline
	if err := r.Folder.Read(runfolder.BaselineFile, &b); err == nil && b.ClassNames() != nil && b.Tags == nil {
		return b.ClassNames(), nil
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	return examples.Labels, nil
}

// TokenCounts returns the number of tokens of each example before truncation, of both texts of a
// pair, special tokens included.
func (r *Run) TokenCounts(ctx context.Context, examples []data.Example) ([]int, error) {
	counts, err := r.tokenCounts(ctx, examples)
	return tried(r, counts, err)
}

func (r *Run) tokenCounts(ctx context.Context, examples []data.Example) ([]int, error) {
	dir, err := bert.Resolve(ctx, r.Experiment.Model, r.Experiment.resolve())
	if err != nil {
		return nil, err
	}
	tokenizer, err := tokenizers.Open(dir)
	if err != nil {
		return nil, err
	}
	encoder := encoding.Encoder{Tokenizer: tokenizer, Pairs: encoding.HasPairs(examples), Words: r.Experiment.Task == data.TokenClassification}
	counts := make([]int, len(examples))
	for i, ids := range encoder.Encode(examples).IDs {
		counts[i] = len(ids)
	}
	return counts, nil
}

// predictTask classifies examples. rows are the encoded examples; with nil, predictTask encodes them.
func (r *Run) predictTask(ctx context.Context, n *network, examples []data.Example, rows *encoding.Rows, task string) (*classify.TaskPredictions, error) {
	return r.predictSample(ctx, n, examples, rows, task, -1, 0)
}

// predictSample is predictTask for a sample: see classify.Prepared.Sample.
func (r *Run) predictSample(ctx context.Context, n *network, examples []data.Example, rows *encoding.Rows, task string, size int, seed int64) (*classify.TaskPredictions, error) {
	p, err := classify.NewPredictor(r.engine.Backend, n.Model, n.encoder, r.Experiment.Data.MaxLength)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	if err := p.SetDevices(r.Experiment.Devices); err != nil {
		return nil, err
	}
	if rows == nil {
		rows = n.input.Encode(examples)
	}
	prepared, err := p.Prepare(examples, rows)
	if err != nil {
		return nil, err
	}
	return p.PredictTask(ctx, prepared.Sample(size, seed), r.options.Progress, task, nil)
}

// largeBytes is the size of a source, in bytes, from which Progress shows the reading of its files.
const largeBytes = 64 << 20
