package pretrain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tensorboard"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Run trains the model of p on its texts in the run folder dir. The result is in model/, a folder
// that can be the Model of an Experiment. Run resumes, stops and reports progress like
// finetune.Run.Train. A finished training is not done again: if model/ is missing or damaged, it is
// written again from the checkpoint. A *[runfolder.DamagedError] names another model in its place, and
// what to do without a checkpoint.
//
// The error is a *[FieldError] for an invalid field, a *[runfolder.ChangedError] for a folder
// with another pre-training or an experiment or for changed texts, models or teachers, a
// *[runfolder.BusyError] for a folder in use by another process, and a *[bert.TensorsError] for a
// model without a masked-language-model head. If ctx ends after the training, or the computation
// of the teacher's states, has begun, the error matches [ErrStopped].
func Run(ctx context.Context, dir string, p Pretraining, options Options) (_ *Result, err error) {
	p = p.WithDefaults()
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if options.Progress == nil {
		options.Progress = progress.Nop
	}
	e, err := engine.For(options.Backend, "options: Backend")
	if err != nil {
		return nil, err
	}
	if p.Precision == precision.BFloat16 {
		e = feed.BFloat16(e)
	}
	root, name := filepath.Split(filepath.Clean(dir))
	folder, err := runfolder.Create(root, name, p, runfolder.CurrentEnvironment(e.String()))
	if err != nil {
		return nil, err
	}
	defer func() {
		err = errors.Join(err, folder.Withdraw(err), folder.Close())
	}()
	if err := folder.VerifyInputs(ctx, p.inputs(), options.Progress.Note); err != nil {
		return nil, err
	}
	if options.TensorBoard {
		if err := tensorboard.Update(folder); err != nil {
			return nil, err
		}
	}
	if folder.Has(runfolder.PretrainedFile) {
		if err := folder.Replay(options.OnHistory); err != nil {
			return nil, err
		}
	}
	finished := true
	result, err := runfolder.Once(folder, runfolder.PretrainedFile, func() (*Result, error) {
		finished = false
		t, err := newPretrainer(ctx, p, folder, e, options)
		if err != nil {
			return nil, err
		}
		defer t.close()
		return t.train(ctx)
	})
	if err != nil {
		return nil, err
	}
	if finished {
		if err := p.checkModel(ctx, folder, result, options.Progress); err != nil {
			return nil, err
		}
	}
	// Not before the result is written: without both, the states would be computed again.
	states := folder.Path(runfolder.TeacherStatesFile)
	return result, errors.Join(os.RemoveAll(states), os.RemoveAll(states+runfolder.TeacherSumsEnding))
}

// inputs returns the inputs of a pre-training.
func (p Pretraining) inputs() []runfolder.Input {
	list := []runfolder.Input{inputs.Model("model", p.Model, bert.ResolveOptions{})}
	if p.Teacher != nil {
		list = append(list, inputs.Model("teacher", p.Teacher.Model, bert.ResolveOptions{}))
	}
	for i, source := range p.Texts {
		list = append(list, inputs.Texts(i, source, p.opener()))
	}
	return list
}

// pretrainer is a pre-training in one process, from a checkpoint or from the beginning.
type pretrainer struct {
	Pretraining
	folder   *runfolder.Folder
	options  Options
	model    *bert.Model
	rows     *maskedRows
	meter    *maskedMeter
	trainer  *trainer.Trainer
	unknown  tokenizers.UnknownTokens // of the training texts
	notes    []string                 // of the readers of the data, and warnings
	warnings []string
	at       pretrainPosition
}

// pretrainPosition is the position of a pre-training.
type pretrainPosition struct {
	trainer.Position

	Before *Masked `json:"before"`             // the evaluation before the first step
	Last   *Masked `json:"held_out,omitempty"` // the last evaluation; none in checkpoints of earlier versions
	Rules  rules   `json:"rules"`              // of this training
}

func newPretrainer(ctx context.Context, p Pretraining, folder *runfolder.Folder, e *engine.Engine, options Options) (_ *pretrainer, err error) {
	t := &pretrainer{Pretraining: p, folder: folder, options: options}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.model, err = p.openModel(ctx, folder); err != nil {
		return nil, err
	}
	begun := folder.Has(runfolder.TeacherStatesFile)
	if err := trainer.ReadPosition(folder, &t.at); err != nil {
		return nil, err
	}
	if t.at.Step == 0 {
		t.at.Rules = currentRules
	}
	options.Progress.Note("reading the texts")
	c, err := p.corpus(ctx, folder, t.model.Tokenizer, t.at.Rules)
	if err != nil {
		return nil, err
	}
	t.unknown = tokenizers.CountUnknown(t.model.Tokenizer, c.learn)
	t.rows = newMaskedRows(t.model.Tokenizer, c.learn, p, t.at.Rules)
	t.notes, t.warnings = c.notes, c.warnings
	for _, note := range t.notes {
		options.Progress.Note(note)
	}
	if w := t.rows.warning(); w != "" {
		t.warnings = append(t.warnings, w)
	}
	for _, w := range slices.Concat(t.warnings, t.unknown.Warnings("the texts")) {
		options.Progress.Note(progress.WarningPrefix + w)
	}
	if err := t.rows.check(); err != nil {
		return nil, err
	}
	if p.Teacher != nil {
		if err := t.addTeacher(ctx, e, c.texts); err != nil {
			return nil, err
		}
	}
	t.at.Due = t.at.Due || t.at.Before == nil
	if t.at.AddMachine(folder, e, begun) {
		options.Progress.Note(progress.WarningPrefix + machinesWarning(t.at.Machines))
	}
	encoder := t.model.Encoder()
	if t.meter, err = newMaskedMeter(e.Backend, t.model, encoder, c.held, p, t.at.Rules); err != nil {
		return nil, err
	}
	t.trainer, err = trainer.New(trainer.Config{
		Name: "pre-training", Backend: e.Backend, Store: t.model.Store,
		Objective: pretrainingObjective(encoder, p, t.model.HasPooler()), Optimizer: p.optimizer(), Batches: t.rows,
		Evaluate: trainer.Evaluation{Due: func(step int) bool { return step%p.MeasureEvery == 0 }, Measure: t.measure},
		Position: &t.at.Position, State: &t.at,
		Folder: folder, Progress: options.Progress, OnHistory: options.OnHistory, EventFile: options.TensorBoard,
	})
	return t, err
}

// openModel opens the model with every weight trainable, checks it against the settings and
// adds the projections of the bag-of-words loss.
func (p Pretraining) openModel(ctx context.Context, folder *runfolder.Folder) (*bert.Model, error) {
	m, err := inputs.OpenModel(ctx, folder, inputs.Model("model", p.Model, bert.ResolveOptions{}), bert.Options{Head: bert.MaskedLM, Seed: p.Seed})
	if err != nil {
		return nil, err
	}
	for i, s := range p.Stages {
		if n := m.Config.MaxPositionEmbeddings; s.Length > n {
			return nil, &settings.FieldError{Field: fmt.Sprintf("stages[%d].length", i), Reason: fmt.Sprintf("is %d, expected at most %[3]d, the maximum of %[2]s", s.Length, p.Model, n)}
		}
	}
	if p.paired() && !m.HasPooler() {
		name, value := "contrast", p.Contrast
		if value == 0 {
			name, value = "bag", p.Bag
		}
		return nil, &settings.FieldError{Field: name, Reason: fmt.Sprintf("is %v, but %s has no pooler, which this loss trains: expected 0", value, p.Model)}
	}
	for v := range m.Store.IterVariables() {
		v.SetTrainable(true)
		// Not at the first step: there it would look like a training that diverges.
		if finite, err := floats.FiniteVariable(v); err != nil {
			return nil, err
		} else if !finite {
			return nil, &settings.FieldError{Field: "model", Reason: fmt.Sprintf("is %s, whose tensor %s is not finite: its weights are damaged, use an intact copy", p.Model, dotted.Name(v.Path()))}
		}
	}
	if p.Bag > 0 {
		addBagProjection(m, p.Seed)
	}
	return m, m.Store.SetRNGStateFromSeed(p.Seed)
}

// addTeacher computes the teacher's states of the texts and adds them to the rows.
func (t *pretrainer) addTeacher(ctx context.Context, e *engine.Engine, texts []string) error {
	words := newWordCounter(t.model.Tokenizer)
	count := make([]int, len(t.rows.texts))
	for i, ids := range t.rows.texts {
		count[i] = words.count(ids)
	}
	path := t.folder.Path(runfolder.TeacherStatesFile)
	shown := &keptWarnings{Progress: t.options.Progress}
	hidden, err := t.Teacher.read(ctx, t.folder, e.Backend, path, texts, count, shown)
	t.warnings = append(t.warnings, shown.warnings...)
	if err != nil {
		return err
	}
	addDistillationProjections(t.model, hidden, t.Seed)
	t.rows.teacher, err = openTeacherStates(path, hidden, words, count)
	return err
}

func (t *pretrainer) close() {
	if t.meter != nil {
		t.meter.close()
	}
	if t.trainer != nil {
		t.trainer.Close()
	}
	if t.rows != nil && t.rows.teacher != nil {
		t.rows.teacher.close()
	}
}

// measure evaluates the model on the held-out texts.
func (t *pretrainer) measure(ctx context.Context) (trainer.Result, error) {
	m, err := t.meter.measure(ctx, t.options.Progress)
	if err != nil {
		return trainer.Result{}, err
	}
	if t.at.Step == 0 {
		t.at.Before = m
	}
	t.at.Last = m
	note := fmt.Sprintf("held-out loss %.3f, masked-token accuracy %.1f %%", m.Loss, 100*m.Accuracy)
	return trainer.Result{Loss: m.Loss, Accuracy: m.Accuracy, Note: note}, nil
}

func (t *pretrainer) train(ctx context.Context) (*Result, error) {
	if err := t.trainer.Run(ctx); err != nil {
		return nil, err
	}
	done := &Result{Steps: t.at.Step, Tokens: t.at.Tokens, Seconds: t.at.Seconds, Texts: len(t.rows.texts),
		HeldOut: *t.at.Last, HeldOutBefore: *t.at.Before,
		UnknownTokens: t.unknown, DataWarnings: t.warnings, DataNotes: t.notes, Machines: t.at.Machines}
	for v := range t.model.Store.IterVariables() {
		if v.Trainable && !strings.HasPrefix(v.Path(), "/"+pretrainingScope) {
			done.Parameters += v.Shape().Size()
		}
	}
	var err error
	done.Files, err = saveModel(t.model, t.folder, "")
	return done, err
}
