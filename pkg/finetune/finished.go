package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Places are other places of a run's inputs on this machine. "" means the place in the experiment.
type Places struct {
	Data  string // for data.Open
	Model string // for bert.Resolve
}

// OpenFinished opens a run folder for reading, with the experiment that it contains: nothing in the
// folder changes. Methods that would write to it return an error that matches
// [runfolder.ErrReadOnly]. Inputs at other places must have the recorded content: otherwise
// [Run.Examples] and the methods that open the model return a *[runfolder.ChangedError].
func OpenFinished(dir string, places Places, options Options) (*Run, error) {
	root, name := filepath.Split(filepath.Clean(dir))
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return nil, err
	}
	var e Experiment
	if err := folder.Experiment(&e); err != nil {
		return nil, err
	}
	e.keepDrop(root, name)
	if places.Model != "" {
		e.Model, e.ModelVersion, e.ModelRevision = places.Model, "", ""
	}
	if e, err = e.WithDefaults(); err != nil {
		return nil, err
	}
	e.keepDraw(root, name)
	if places.Data != "" {
		e.Data.Source = places.Data
	}
	if err := e.Validate(); err != nil {
		return nil, err
	}
	if options.Progress == nil {
		options.Progress = progress.Nop
	}
	r := &Run{Experiment: e, options: options, Folder: folder, earlier: isEarlier(folder)}
	if r.engine, err = engine.For(options.Backend, "options: Backend"); err != nil {
		return nil, err
	}
	if e.Training.Precision == precision.BFloat16 {
		r.engine = feed.BFloat16(r.engine)
	}
	return r, nil
}

// Inputs returns the inputs of the run: its data and its model.
func (r *Run) Inputs() []runfolder.Input { return r.Experiment.inputs(r.earlier) }

// PredictTest computes the predictions of the trained model for test examples again, as Report does,
// and writes nothing. On the engine, the processor and the number of cores of the report they are
// identical to its predictions, to the bit. n is the number of examples, drawn by the seed; the
// sample has the other examples of their batches too. A negative n means all.
func (r *Run) PredictTest(ctx context.Context, n int, seed int64) (*classify.TaskPredictions, error) {
	if n == 0 {
		return nil, errors.New("predict test examples: their number is 0, expected at least 1, or -1 for all")
	}
	if err := r.VerifyTrained(); err != nil {
		return nil, err
	}
	network, err := r.openLearned(ctx)
	if err != nil {
		return nil, err
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	return r.predictSample(ctx, network, examples.Test, network.rowsOf("test", examples.Test), "test", n, seed)
}

// openLearned opens the model with the trained weights in the folder.
func (r *Run) openLearned(ctx context.Context) (*network, error) {
	if err := r.checkInitialization(); err != nil {
		return nil, err
	}
	n, err := r.open(ctx, true)
	if err != nil {
		return nil, err
	}
	return n, n.learned.Load()
}

// checkInitialization refuses a finished training without the initial values of its adapter, which
// opening the model would compute and write.
func (r *Run) checkInitialization() error {
	if r.Experiment.Method != LoRA || r.Experiment.Adapter.InitializedFromSeed() {
		return nil
	}
	path := r.Folder.Path(runfolder.CheckpointsDir, runfolder.AdapterInitializationFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is missing: the initialization of this adapter changed the base weights, so the trained model cannot be computed without it; restore it from a copy: %w", path, err)
	}
	return nil
}

// VerifyTrained compares the files of the trained weights with the digests that the training
// recorded. The error is a *[runfolder.DamagedError].
func (r *Run) VerifyTrained() error {
	var done Trained
	if err := r.Folder.Read(runfolder.TrainingFile, &done); err != nil {
		return err
	}
	return inputs.VerifyFiles(r.Folder, done.Files)
}
