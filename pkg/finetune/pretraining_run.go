package finetune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"time"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
)

// Files of a pre-training's run folder, beside those of any run.
const (
	ModelDir       = "model"           // what it came to, in the hub's layout, with its masked-word head
	PretrainedFile = "pretrained.json" // a [Pretrained]
)

// Pretrained is what a pre-training came to.
type Pretrained struct {
	Steps         int     `json:"steps"`           // updates
	Tokens        int     `json:"tokens"`          // read, padding not counted
	Seconds       float64 `json:"seconds"`         // of training and measuring, over all processes
	Texts         int     `json:"texts"`           // learned from
	Parameters    int     `json:"parameters"`      // of encoder and heads
	HeldOut       Masked  `json:"held_out"`        // at the end
	HeldOutBefore Masked  `json:"held_out_before"` // of the model that it started from
}

// String is a line for a reader.
func (p *Pretrained) String() string {
	return fmt.Sprintf("%d steps, %.1f million tokens, %s; masked pieces of %d texts it never read: %.1f %% right (%.1f %% before, %.1f %% by always answering %q), loss %.3f nats",
		p.Steps, float64(p.Tokens)/1e6, (time.Duration(p.Seconds) * time.Second).String(), p.HeldOut.Texts,
		100*p.HeldOut.Accuracy, 100*p.HeldOutBefore.Accuracy, 100*p.HeldOut.CommonestAccuracy, p.HeldOut.Commonest, p.HeldOut.Loss)
}

// pretrainEvery is how often a pre-training saves itself: its checkpoint holds every
// weight and two moments of each, too much to write every few seconds.
const pretrainEvery = 2 * time.Minute

// Pretrain trains the model of p on its texts in the run folder dir, which holds the
// result in model/: a name that an Experiment's Model takes. It resumes, stops and
// reports as Run.Train does; a folder that is done is not trained again.
func Pretrain(ctx context.Context, dir string, p Pretraining, options Options) (_ *Pretrained, err error) {
	p = p.WithDefaults()
	if err := p.Validate(); err != nil {
		return nil, err
	}
	if options.Progress == nil {
		options.Progress = Nop
	}
	e, err := options.engine()
	if err != nil {
		return nil, err
	}
	root, name := filepath.Split(filepath.Clean(dir))
	if root == "" {
		root = "."
	}
	folder, err := CreateRun(root, name, p, CurrentEnvironment(e.String()))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	return Once(folder, PretrainedFile, func() (*Pretrained, error) {
		t, err := newPretrainer(ctx, p, folder, e, options)
		if err != nil {
			return nil, err
		}
		defer t.close()
		return t.train(ctx)
	})
}

// pretrainer is one stretch of a pre-training, from a checkpoint or from the start.
type pretrainer struct {
	Pretraining
	folder  *RunFolder
	options Options
	model   *bert.Model
	rows    *maskedRows
	meter   *maskedMeter
	engine  *updater
	history *History
	at      pretrainPosition
	saved   time.Time
}

// pretrainPosition is where it stands.
type pretrainPosition struct {
	Step        int     `json:"step"`         // updates done
	Tokens      int     `json:"tokens"`       // read
	Seconds     float64 `json:"seconds"`      // of training and measuring
	Before      *Masked `json:"before"`       // measured before the first step
	LineLoss    float64 `json:"line_loss"`    // summed since the last line of the history
	LineCount   float64 `json:"line_count"`   // what its mean divides by
	LineTokens  int     `json:"line_tokens"`  // since then
	LineSeconds float64 `json:"line_seconds"` // since then
}

func newPretrainer(ctx context.Context, p Pretraining, folder *RunFolder, e *engine.Engine, options Options) (_ *pretrainer, err error) {
	t := &pretrainer{Pretraining: p, folder: folder, options: options, saved: time.Now()}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if t.model, err = bert.Open(ctx, p.Model, bert.Options{Head: bert.MaskedLM, Seed: p.Seed}); err != nil {
		return nil, err
	}
	for i, s := range p.Stages {
		if n := t.model.Config.MaxPositionEmbeddings; s.Length > n {
			return nil, &FieldError{fmt.Sprintf("stages[%d].length", i), fmt.Sprintf("is %d, %s takes at most %d tokens", s.Length, p.Model, n)}
		}
	}
	if p.Contrast > 0 && t.model.Store.GetVariable("/bert/pooler/dense/weight") == nil {
		return nil, &FieldError{"contrast", fmt.Sprintf("is %v, but %s has no pooler that could learn by it: leave it 0", p.Contrast, p.Model)}
	}
	for v := range t.model.Store.IterVariables() {
		v.SetTrainable(true)
	}
	if err := t.model.Store.SetRNGStateFromSeed(p.Seed); err != nil {
		return nil, err
	}
	options.Progress.Note("reading the texts")
	learn, held, err := p.texts(ctx, t.model.Tokenizer)
	if err != nil {
		return nil, err
	}
	t.rows = newMaskedRows(t.model.Tokenizer, learn, p)
	encoder := t.model.Encoder()
	if t.meter, err = newMaskedMeter(e.Backend, t.model, encoder, held, p); err != nil {
		return nil, err
	}
	if t.engine, err = newUpdater(e.Backend, t.model.Store, unmasking(encoder, p.Contrast), p.training()); err != nil {
		return nil, err
	}
	return t, t.resume()
}

// resume goes to where the folder's checkpoint stands.
func (t *pretrainer) resume() (err error) {
	if err := t.folder.readPosition(&t.at); err != nil {
		return err
	}
	if t.at.Step > 0 {
		if err := t.folder.loadCheckpoint(t.model.Store); err != nil {
			return err
		}
	}
	if t.history, err = t.folder.OpenHistory(); err != nil {
		return err
	}
	if err := t.history.Truncate(t.at.Step); err != nil {
		return err
	}
	if t.options.OnHistory != nil {
		for _, line := range t.history.Lines() {
			t.options.OnHistory(line)
		}
	}
	return nil
}

func (t *pretrainer) close() {
	if t.meter != nil {
		t.meter.close()
	}
	if t.engine != nil {
		t.engine.close()
	}
	if t.history != nil {
		_ = t.history.Close()
	}
}

func (t *pretrainer) train(ctx context.Context) (*Pretrained, error) {
	if t.at.Before == nil {
		before, err := t.measure(ctx)
		if err != nil {
			return nil, err
		}
		t.at.Before = before
	}
	if err := t.loop(ctx); err != nil {
		return nil, err
	}
	after, err := t.measure(ctx)
	if err != nil {
		return nil, err
	}
	done := &Pretrained{Steps: t.at.Step, Tokens: t.at.Tokens, Seconds: t.at.Seconds, Texts: len(t.rows.texts),
		HeldOut: *after, HeldOutBefore: *t.at.Before}
	for v := range t.model.Store.IterVariables() {
		if v.Trainable {
			done.Parameters += v.Shape().Size()
		}
	}
	if t.folder.Has(ModelDir) { // left by a process that was killed between the model and its figures
		return done, nil
	}
	return done, t.model.Save(t.folder.Path(ModelDir))
}

// loop takes the steps that are left.
func (t *pretrainer) loop(ctx context.Context) error {
	steps := t.steps()
	training := t.training()
	bar := t.options.Progress.Begin("pre-training", steps, t.at.Step)
	defer bar.End()
	for t.at.Step < steps {
		if ctx.Err() != nil {
			if err := t.save(); err != nil {
				return err
			}
			return fmt.Errorf("at step %d of %d: %w", t.at.Step, steps, errors.Join(ErrStopped, ctx.Err()))
		}
		began := time.Now()
		stage, within := t.stage(t.at.Step)
		batch := t.rows.at(stage, t.Stages[stage], within)
		result, err := t.engine.step([]pass{batch.pass()}, training.rate(t.at.Step+1, steps))
		if err != nil {
			return fmt.Errorf("pre-training step %d: %w", t.at.Step+1, err)
		}
		loss := result.loss / result.count
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return fmt.Errorf("pre-training step %d: the loss is %v: try a lower learning_rate than %g", t.at.Step+1, loss, t.LearningRate)
		}
		t.count(result, time.Since(began).Seconds())
		bar.Update(Status{Done: t.at.Step, Loss: loss, TokensPerSecond: float64(result.tokens) / time.Since(began).Seconds()})
		if err := t.afterStep(ctx, result, steps); err != nil {
			return err
		}
	}
	return t.save()
}

// count adds a step to where it stands.
func (t *pretrainer) count(result stepResult, seconds float64) {
	t.at.Step++
	t.at.Seconds += seconds
	t.at.Tokens += result.tokens
	t.at.LineLoss += result.loss
	t.at.LineCount += result.count
	t.at.LineTokens += result.tokens
	t.at.LineSeconds += seconds
}

// afterStep writes the history, measures and saves from time to time.
func (t *pretrainer) afterStep(ctx context.Context, result stepResult, steps int) error {
	if t.at.Step%max(1, steps/historyLines) == 0 || t.at.Step == steps {
		if err := t.write(HistoryLine{
			Kind: TrainLine, Loss: t.at.LineLoss / t.at.LineCount, LearningRate: result.rate, GradNorm: result.norm,
			TokensPerSecond: float64(t.at.LineTokens) / t.at.LineSeconds,
		}); err != nil {
			return err
		}
		t.at.LineLoss, t.at.LineCount, t.at.LineTokens, t.at.LineSeconds = 0, 0, 0, 0
	}
	if t.at.Step%t.MeasureEvery == 0 && t.at.Step < steps {
		if _, err := t.measure(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	if time.Since(t.saved) > pretrainEvery {
		return t.save()
	}
	return nil
}

// measure says how well the held-out texts' hidden pieces are told, and writes it down.
func (t *pretrainer) measure(ctx context.Context) (*Masked, error) {
	began := time.Now()
	m, err := t.meter.measure(ctx, t.options.Progress)
	if err != nil {
		return nil, err
	}
	t.at.Seconds += time.Since(began).Seconds()
	t.options.Progress.Note(fmt.Sprintf("step %d of %d: held-out loss %.3f, masked pieces right %.1f %%", t.at.Step, t.steps(), m.Loss, 100*m.Accuracy))
	return m, t.write(HistoryLine{Kind: EvalLine, Loss: m.Loss, Accuracy: m.Accuracy})
}

// write completes a line with where training stands, appends and announces it.
func (t *pretrainer) write(line HistoryLine) error {
	line.Step, line.Elapsed = t.at.Step, t.at.Seconds
	if n := t.rows.batches; n > 0 {
		line.Epoch = float64(t.rows.epoch) + float64(t.rows.step)/float64(n)
	}
	if err := t.history.Append(line); err != nil {
		return err
	}
	if t.options.OnHistory != nil {
		t.options.OnHistory(line)
	}
	return nil
}

func (t *pretrainer) save() error {
	if t.at.Step == 0 {
		return nil
	}
	if err := t.history.Sync(); err != nil {
		return err
	}
	t.saved = time.Now()
	return t.folder.saveCheckpoint(t.model.Store, t.at)
}

// texts reads and tokenizes the texts, and holds some out.
func (p Pretraining) texts(ctx context.Context, t *bert.Tokenizer) (learn, held [][]int32, err error) {
	var texts []string
	for i, spec := range p.Texts {
		more, err := data.OpenTexts(ctx, spec)
		if err != nil {
			return nil, nil, fmt.Errorf("texts[%d]: %w", i, err)
		}
		texts = append(texts, more...)
	}
	if len(texts) <= p.HeldOut {
		return nil, nil, &FieldError{"held_out", fmt.Sprintf("is %d, but there are %d texts in all", p.HeldOut, len(texts))}
	}
	ids := t.EncodeAll(texts, 0)
	for i := range ids {
		ids[i] = ids[i][1 : len(ids[i])-1] // rows get their own [CLS] and [SEP]
	}
	out := map[int]bool{}
	for _, i := range heldOut(len(ids), p.HeldOut, p.Seed) {
		out[i] = true
		held = append(held, ids[i])
	}
	for i := range ids {
		if !out[i] {
			learn = append(learn, ids[i])
		}
	}
	return learn, held, nil
}
