package finetune

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Trained is the result of a training.
type Trained struct {
	Steps         int     `json:"steps"`          // number of updates
	Planned       int     `json:"planned"`        // number of updates without early stopping
	BestStep      int     `json:"best_step"`      // step of the kept state
	BestLoss      float64 `json:"best_loss"`      // its mean loss on the validation examples, nats, or the squared error of a regression
	BestAccuracy  float64 `json:"best_accuracy"`  // its accuracy on them; 0 for another task than one class per example
	Seconds       float64 `json:"seconds"`        // of training and validation, over all processes
	Tokens        int     `json:"tokens"`         // training tokens, padding not counted
	Trainable     int     `json:"trainable"`      // number of trainable parameters
	AllParameters int     `json:"all_parameters"` // number of all parameters, as PEFT counts; without an adapter, the model's
	StoppedEarly  bool    `json:"stopped_early"`  // because of Training.Patience

	// BestMetrics are its numbers on them for another task, by the names of objective.BestBy: "micro_f1",
	// "pearson" and so on; a number that is undefined is missing.
	BestMetrics map[string]float64 `json:"best_metrics,omitempty"`

	Labels       []string  `json:"labels,omitempty"`        // names of the classes, in the order of the logits
	EpochSeconds []float64 `json:"epoch_seconds,omitempty"` // of the steps of each epoch, without validation; the first includes compilation
	PeakBytes    int64     `json:"peak_bytes,omitempty"`    // peak resident memory of the training processes (Linux's VmHWM), including cached hidden states; 0 if the system does not report it

	// Calibration was fitted on the validation examples, with the kept state. The trained weights'
	// folder contains its numbers as classify.CalibrationFile. Nil for data.Regression and for
	// trainings of earlier versions.
	Calibration *evaluation.Calibration `json:"calibration,omitempty"`

	// Packed is the shape of the batches if several examples shared a row: see Training. A batch that did
	// not fit had more rows. The zero Shape means that each example had a row of its own.
	Packed batching.Shape `json:"packed,omitzero"`

	Machines runfolder.Machines `json:"machines,omitempty"` // the engines and machines that trained, in their order; none for trainings of earlier versions

	Prefix *Prefix `json:"prefix,omitempty"` // the cache of Training.PrefixCache; nil without it

	HistoryLines int `json:"history_lines,omitempty"` // of history.jsonl; 0 for trainings of earlier versions

	// Files contains the SHA-256 of each kept file without an internal checksum (the adapter's
	// files, the small files of model/), by its path in the run folder. Open and Merge refuse
	// the run if one has changed. None for trainings of earlier versions.
	Files map[string]string `json:"files,omitempty"`
}

// ErrStopped is matched by the error of Train if its context ended before the training. The run
// folder keeps the state; the same call resumes from there.
var ErrStopped = trainer.ErrStopped

// ErrDiverged is matched by the error of Train if the loss, the gradient, the weights or the logits of the
// validation examples are no longer finite, usually because the learning rate is too high. It names the step
// and the first such tensor; the best state and the checkpoint contain earlier steps.
var ErrDiverged = trainer.ErrDiverged

// Train trains the tensors of the experiment's method and keeps the best state by
// Training.MetricForBestModel, by default the lowest validation loss. It saves the state in the
// run folder: LoRA in adapter/, in PEFT's format, HeadOnly in head/, Full in model/, in the
// hub's layout.
//
// When ctx ends, Train finishes the current step, writes a checkpoint and returns an error that
// matches ErrStopped. Called again, in this process or another, it resumes from
// the last checkpoint. The result is identical to the bit to an uninterrupted run: weights,
// moments of the optimizer, random state and position in the data are restored. A finished
// training is not done again, also in a copy of the folder without checkpoints/, if the files of the
// trained weights are those of training.json.
//
// With Training.PrefixCache the hidden states of the frozen layers are computed first, unless
// the cache contains them. If this is stopped, the next call resumes it. If the states are too
// large, the error is a *PrefixSizeError.
//
// If the adapter's initialization depends on the model or the examples (PiSSA, OLoRA, EVA), it
// is computed once and stored in checkpoints/. Every later opening of the model has the same
// matrices and base weights, to the bit. EVA's is computed from the first 16 training batches of
// the first epoch, or all if it has fewer, as they are without packing.
func (r *Run) Train(ctx context.Context) (*Trained, error) {
	done, err := r.train(ctx, func(ctx context.Context) (*network, error) { return r.open(ctx, true) })
	return tried(r, done, err)
}

// position is the position of a training.
type position struct {
	trainer.Position
	BestLoss     float64 `json:"best_loss"`     // validation loss of the kept state
	BestAccuracy float64 `json:"best_accuracy"` // its validation accuracy
	BestStep     int     `json:"best_step"`     // its step; 0: none yet

	BestMetrics map[string]float64 `json:"best_metrics,omitempty"` // its further numbers, of other tasks

	Worse int `json:"worse"` // number of evaluations since then

	Lengths []int `json:"lengths,omitempty"` // of the training's batches; none in checkpoints of earlier versions, which used batching.LengthsUpTo

	Packed batching.Shape `json:"packed,omitzero"` // of the training's batches, if several examples share a row

	Calibration *evaluation.Calibration `json:"calibration,omitempty"` // of the kept state; none in checkpoints of earlier versions

	Files map[string]string `json:"files,omitempty"` // digests of the best state's files without a checksum; none in checkpoints of earlier versions
}

// train is Train with the model that open returns.
func (r *Run) train(ctx context.Context, open func(context.Context) (*network, error)) (_ *Trained, err error) {
	if done, _, err := r.trained(); done != nil || err != nil {
		return done, err
	}
	unlock, err := r.lock(ctx, runfolder.TrainingFile, "the training", func() bool {
		done, _, err := r.trained()
		return done != nil && err == nil
	})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	// Another process may have finished it.
	done, at, err := r.trained()
	if done != nil || err != nil {
		return done, err
	}
	t, err := r.newTraining(ctx, at, open)
	if err != nil {
		return nil, err
	}
	defer t.close()
	if err := t.trainer.Run(ctx); err != nil {
		return nil, err
	}
	if done, err = t.finish(); err != nil {
		return nil, err
	}
	return done, r.Folder.Write(runfolder.TrainingFile, done)
}

// trained returns the result of a finished training, whose history it announces, or nil and the
// position of one that is not finished.
func (r *Run) trained() (*Trained, *position, error) {
	at := new(position)
	if err := trainer.ReadPosition(r.Folder, at); err != nil {
		return nil, nil, err
	}
	if !r.Folder.Has(runfolder.TrainingFile) || !at.Done && (at.Step > 0 || !r.isWholeWithoutCheckpoint()) {
		return nil, at, nil
	}
	if err := r.Folder.Replay(r.announce); err != nil {
		return nil, nil, err
	}
	done := new(Trained)
	if err := r.Folder.Read(runfolder.TrainingFile, done); err != nil {
		if r.again(err) {
			return nil, at, nil // of the last checkpoint
		}
		return nil, nil, err
	}
	return done, at, nil
}

// training is a training in one process, from a checkpoint or from the beginning.
type training struct {
	run       *Run
	network   *network
	prefix    *prefix // nil without Training.PrefixCache
	predictor *classify.Predictor
	batches   *trainingBatches
	held      *classify.Prepared        // the validation examples
	validated *classify.TaskPredictions // of the last evaluation
	trainer   *trainer.Trainer
	at        *position
}

func (r *Run) newTraining(ctx context.Context, at *position, open func(context.Context) (*network, error)) (_ *training, err error) {
	mesh, err := r.mesh()
	if err != nil {
		return nil, err
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	r.tell(examples.Notes...)
	r.warn(examples.Warnings)
	r.warn(r.Experiment.selectionWarnings(examples))
	// Before the first file that depends on the examples, since they are drawn again on resuming.
	if err := r.writeSplits(examples); err != nil {
		return nil, err
	}
	t := &training{run: r, at: at}
	// Before the model is opened, which may compute the adapter's initialization.
	if at.AddMachine(r.Folder, r.engine, r.Folder.Has(filepath.Join(runfolder.CheckpointsDir, runfolder.AdapterInitializationFile))) {
		r.warn([]string{machinesWarning(at.Machines)})
	}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.network, err = open(ctx); err != nil {
		return nil, err
	}
	e := r.Experiment
	loss, err := e.Training.Loss.Rows(e.Task, examples.Train, examples.Labels)
	if err != nil {
		return nil, err
	}
	logits := classify.NetworkOf(t.network.Model, t.network.encoder)
	if e.Training.PrefixCache != "" {
		if t.prefix, err = r.openPrefix(ctx, t.network, examples); err != nil {
			return nil, err
		}
		r.options.Progress.Note(t.prefix.used().String())
		logits = t.prefix.logits()
	}
	rows := t.network.rowsOf("train", examples.Train)
	if t.batches, err = r.newTrainingBatches(t.network, examples, at, t.prefix.tensors(0)); err != nil {
		return nil, err
	}
	if w := e.Training.patienceWarning(t.batches.perEpoch); w != "" {
		r.warn([]string{w})
	}
	if t.trainer, err = trainer.New(trainer.Config{
		Name: "training", Backend: r.engine.Backend, Devices: mesh, Store: t.network.Store,
		Objective: objective.New(t.batches.Logits(logits), loss), Optimizer: e.Training.optimizer(), Batches: t.batches,
		Evaluate: trainer.Evaluation{Due: t.evaluationDue, Measure: t.validate(t.prefix.tensors(len(rows.IDs))), Keep: t.keep},
		Position: &at.Position, State: at,
		Folder: r.Folder, Progress: r.options.Progress, OnHistory: r.announce, EventFile: r.options.TensorBoard, CheckpointEvery: r.options.CheckpointEvery,
	}); err != nil {
		return nil, err
	}
	if t.predictor, err = r.predictor(t.network, logits); err != nil {
		return nil, err
	}
	if t.held, err = t.predictor.Prepare(examples.Validation, t.network.rowsOf("validation", examples.Validation)); err != nil {
		return t, err
	}
	return t, nil
}

func (t *training) close() {
	if t.predictor != nil {
		t.predictor.Close()
	}
	if t.trainer != nil {
		t.trainer.Close()
	}
	if t.prefix != nil {
		_ = t.prefix.states.Close()
	}
}

// Finish writes the best state to its final place and returns the result.
func (t *training) finish() (*Trained, error) {
	learned, at, folder := t.network.learned, t.at, t.run.Folder
	counted, all, err := learned.Counts()
	if err != nil {
		return nil, err
	}
	if err := inputs.VerifyFiles(folder, at.Files); err != nil {
		return nil, err
	}
	if err := learned.Finish(); err != nil {
		return nil, err
	}
	withoutChecksum, dir := learned.WithoutChecksum(), t.run.learnedDir()
	fitted := at.Calibration.Fitted()
	if err := fitted.Write(dir); err != nil {
		return nil, err
	}
	if !fitted.IsZero() {
		withoutChecksum = append(withoutChecksum, filepath.Join(dir, classify.CalibrationFile))
	}
	files, err := inputs.FileDigests(folder.Dir(), withoutChecksum)
	if err != nil {
		return nil, err
	}
	history, err := folder.ReadHistory()
	if err != nil {
		return nil, err
	}
	steps := t.batches.Steps()
	return &Trained{
		Steps: at.Step, Planned: steps, BestStep: at.BestStep, BestLoss: at.BestLoss, BestAccuracy: at.BestAccuracy, BestMetrics: at.BestMetrics,
		Seconds: at.Seconds, Tokens: at.Tokens, Trainable: counted, AllParameters: all,
		StoppedEarly: at.Step < steps, Labels: t.network.Config.Labels,
		EpochSeconds: at.EpochSeconds, PeakBytes: max(at.PeakBytes, runfolder.PeakBytes()), Prefix: t.prefix.used(),
		Packed: at.Packed, Files: files, Calibration: at.Calibration, Machines: at.Machines,
		HistoryLines: len(history),
	}, nil
}
