package classify

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Classifier classifies texts with a model; an adapter is merged into the model's weights, so
// that it adds no cost. It is safe for concurrent use: calls run one after the other, since the
// engine uses the whole machine for each.
type Classifier struct {
	// Warnings lists settings of the adapter that have no effect, one sentence each.
	Warnings []string

	turn      turn
	model     *bert.Model
	predictor *Predictor
	closed    bool // during a turn
}

// Options of Open.
type Options struct {
	// Labels are the classes in the order in which answers list their probabilities. The names
	// in the folder, or otherwise in the model's config.json, keep their class in any order;
	// the same number of other names replaces them. Default: from the folder (lora.LabelsFile,
	// training.json), otherwise from the model's config.json.
	Labels []string
	// Task is the kind of answers. Default: the task that the folder records (training.json,
	// lora.LabelsFile), otherwise problem_type of the model's config.json, otherwise
	// data.SingleLabel. PEFT does not record it: an adapter of PEFT for several labels or for
	// a regression needs the option if its base does not state the task. A folder or base that
	// states another task is an error. data.TokenClassification is recorded by all: as TOKEN_CLS by
	// PEFT, and as BertForTokenClassification by a model's config.json.
	Task data.Task
	// Threshold is the probability from which a text has a class, above 0 and below 1, for
	// data.MultiLabel. Default 0.5.
	Threshold float64
	// Calibrated uses the numbers that the training fitted on its validation examples
	// ([CalibrationFile]): the logits are divided by the temperature, which changes the
	// probabilities and not the classes, and for data.MultiLabel each class has its own
	// threshold. It cannot be combined with Threshold. A folder without these numbers is an
	// error, as is data.Regression. Default false: the model's own probabilities, and
	// Threshold.
	Calibrated bool
	Revision   string // branch, tag or commit of the model on the hub; default: from the folder, otherwise main
	MaxLength  int    // maximum number of tokens; default: that of the training if the folder records it ([encoding.RecordFile]), otherwise the model's maximum
	// Truncation decides what is read of longer texts. Default: the truncation of the training,
	// if the folder records one, otherwise encoding.Head.
	Truncation encoding.Truncation
	// Precision of matrix products, as Training.Precision: BFloat16 halves the memory of
	// the weights. Default Float32, regardless of the precision in training.
	Precision precision.Precision
}

// complete sets the defaults that do not depend on the model.
func (o *Options) complete() error {
	settings.Default(&o.Precision, precision.Float32)
	if err := o.Precision.Validate(); err != nil {
		return fmt.Errorf("options: Precision %w", err)
	}
	if err := o.Truncation.Validate(); err != nil {
		return fmt.Errorf("options: Truncation %w", err)
	}
	if !(o.Threshold >= 0 && o.Threshold < 1) {
		return fmt.Errorf("options: Threshold is %v, expected a number above 0 and below 1, or 0 for 0.5", o.Threshold)
	}
	if o.Calibrated && o.Threshold != 0 {
		return fmt.Errorf("options: Calibrated is set together with Threshold %v: set one of the two", o.Threshold)
	}
	return validTask(o.Task)
}

// backend returns the shared engine with products of the options' precision, for inference.
func (o *Options) backend(m *bert.Model) (compute.Backend, error) {
	e, err := engine.Shared()
	if err != nil {
		return nil, err
	}
	return o.inference(e.Backend, m)
}

// inference is backend with another engine.
func (o *Options) inference(backend compute.Backend, m *bert.Model) (compute.Backend, error) {
	if o.Precision == precision.BFloat16 {
		for v := range m.Store.IterVariables() {
			v.SetTrainable(false)
		}
		if err := m.RoundProjections(); err != nil {
			return nil, err
		}
		return bfloat16.Products(backend), nil
	}
	return backend, nil
}

// labelsOption names classify.Options.Labels in errors.
const labelsOption = "classify.Options.Labels"

// Open opens a model by folder or hub name with trained weights from dir: an adapter's folder of
// this module or of PEFT, the head/ folder of HeadOnly, or a run folder. dir may also name an adapter
// on the hub, as "owner/name" or "owner/name@revision" (see [Service.Load]). An empty model means the
// one that the folder names.
//
// An empty dir means the model without an adapter, which must have a trained classifier: the
// output of [Merge], or any BertForSequenceClassification or BertForTokenClassification from the
// hub. With an empty model, dir
// may be such a model's folder too. A model without a trained classifier is an error.
//
// Word embeddings of bert.LargeWords bytes and more stay in the model's file, unless the trained weights
// change them, and each batch reads the rows of its tokens. A file that is written to before Close is an
// error of the next calls; one that is renamed or removed has no effect.
func Open(ctx context.Context, model, dir string, options Options) (c *Classifier, err error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	var warnings []string
	var recorded encoding.Record
	var fitted calibrationOf
	m, err := openTuned(ctx, tuned{model: model, revision: options.Revision, dir: dir, labels: options.Labels, task: options.Task, round: options.Precision == precision.BFloat16, inFile: wordsInFile, option: labelsOption, warnings: &warnings, record: &recorded, fitted: &fitted})
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = m.Words.Close()
		}
	}()
	reads := options.encoding(recorded, m)
	backend, err := options.backend(m)
	if err != nil {
		return nil, err
	}
	p, err := NewPredictor(backend, m, m.Encoder(), options.MaxLength)
	if err != nil {
		return nil, err
	}
	p.SetEncoding(reads)
	c = New(m, p)
	c.Warnings = warnings
	if options.Threshold != 0 && c.Task() != data.MultiLabel {
		c.Close()
		return nil, fmt.Errorf("options: Threshold is %v, but the model's task is %s, which has none: leave it out", options.Threshold, c.Task())
	}
	if p.decisions, err = options.decisions(fitted, c.Task(), m.Config.Labels); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// New returns a classifier that uses a predictor of the model m.
func New(m *bert.Model, p *Predictor) *Classifier {
	return &Classifier{turn: newTurn(), model: m, predictor: p}
}

// Classify returns an answer for every text, in their order. Texts are cleaned with data.Clean,
// like the training examples, and read as in the training ([encoding.Record]). The error is a
// *PairsError if the training examples were pairs of texts, a *TaskError of a model for
// data.Regression, see [Classifier.Score], or data.TokenClassification, see [Classifier.Tag], and a
// *TextError for a text that is empty once it is cleaned. If ctx ends first, its error is returned.
func (c *Classifier) Classify(ctx context.Context, texts []string) ([]Answer, error) {
	if err := checkClassify(c.Task(), "Classify", ""); err != nil {
		return nil, err
	}
	return c.classifyTexts(ctx, texts)
}

// classifyTexts is Classify for every task.
func (c *Classifier) classifyTexts(ctx context.Context, texts []string) ([]Answer, error) {
	if c.predictor.encoder.Pairs {
		return nil, &PairsError{}
	}
	return c.classify(ctx, examplesOf(texts), false)
}

// ClassifyExamples is Classify for examples, of which it reads Text and TextPair. If one has a
// second text, or the training examples had, all are read as pairs; a missing second text is then
// an empty one. An empty Text is a *TextError.
func (c *Classifier) ClassifyExamples(ctx context.Context, examples []data.Example) ([]Answer, error) {
	if err := checkClassify(c.Task(), "ClassifyExamples", ""); err != nil {
		return nil, err
	}
	return c.classify(ctx, examples, encoding.HasPairs(examples))
}

// classify waits for its turn and classifies.
func (c *Classifier) classify(ctx context.Context, examples []data.Example, pairs bool) (answers []Answer, err error) {
	if examples, err = cleaned(examples); err != nil {
		return nil, err
	}
	err = c.alone(ctx, func() error {
		answers, err = c.predictor.classify(ctx, examples, pairs)
		return err
	})
	return answers, err
}

// classify returns a prediction for every cleaned example of the model's task.
func (p *Predictor) classify(ctx context.Context, examples []data.Example, pairs bool) ([]Answer, error) {
	o, err := p.outputsOf(ctx, examples, pairs, nil)
	if err != nil || len(examples) == 0 {
		return nil, err
	}
	return o.answers(taskOf(p.model), p.model.Config.Labels, p.decisions)
}

// alone waits for its turn, or for ctx to end.
func (c *Classifier) alone(ctx context.Context, do func() error) error {
	return c.turn.take(ctx, func() error {
		if c.closed {
			return ErrClosed
		}
		return do()
	})
}

// Close frees the compiled programs after the end of the running call, and closes the file of the
// model's word embeddings if they are read from it. Later calls that need the model give [ErrClosed].
func (c *Classifier) Close() {
	_ = c.alone(context.Background(), func() error { // a second Close has no effect
		c.closed = true
		c.predictor.Close()
		return c.model.Words.Close()
	})
}

// Pairs reports whether the model was trained on pairs of texts.
func (c *Classifier) Pairs() bool { return c != nil && c.predictor != nil && c.predictor.encoder.Pairs }

// Model returns the model with the trained weights merged into it. Its word embeddings may be in their
// file until Close (bert.Options.WordsInFile).
func (c *Classifier) Model() *bert.Model { return c.model }

// Predict returns the logits of every example, as [Predictor.Predict] does: for metrics on
// labelled examples. Unlike Classify it does not clean the texts.
func (c *Classifier) Predict(ctx context.Context, examples []data.Example, display progress.Progress, task string) (predictions *metrics.Predictions, err error) {
	err = c.alone(ctx, func() error {
		predictions, err = c.predictor.Predict(ctx, examples, display, task)
		return err
	})
	return predictions, err
}
