package classify

import (
	"context"
	"fmt"
	"strconv"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Classifier classifies texts with a model; an adapter is merged into the model's weights, so
// that it adds no cost. It is not safe for concurrent use.
type Classifier struct {
	// Warnings lists settings of the adapter that have no effect, one sentence each.
	Warnings []string

	model     *bert.Model
	predictor *Predictor
}

// Options of Open.
type Options struct {
	// Labels are the classes in the order in which answers list their probabilities. Names
	// that the folder records, or else the model's config.json has, keep their class in any
	// order; other names, as many, take the places of those. Default what the folder
	// records (lora.LabelsFile, training.json), or else the model's config.json.
	Labels    []string
	Revision  string // branch, tag or commit of the model on the hub; default: from the folder, otherwise main
	MaxLength int    // maximum number of tokens; longer texts are truncated; default: the model's maximum
	// Precision of matrix products, as Training.Precision: BFloat16 halves the memory of
	// the weights. Default Float32, regardless of the precision in training.
	Precision precision.Precision
}

// complete writes out what is left to the defaults that need no model.
func (o *Options) complete() error {
	settings.Default(&o.Precision, precision.Float32)
	if err := o.Precision.Validate(); err != nil {
		return fmt.Errorf("options: Precision %w", err)
	}
	return nil
}

// backend is the shared engine with products of the options' precision, for a model that
// learns no more.
func (o *Options) backend(m *bert.Model) (compute.Backend, error) {
	e, err := engine.Shared()
	if err != nil {
		return nil, err
	}
	if o.Precision == precision.BFloat16 {
		for v := range m.Store.IterVariables() {
			v.SetTrainable(false)
		}
		if err := m.RoundProjections(); err != nil {
			return nil, err
		}
	}
	return precision.Engine(e, o.Precision).Backend, nil
}

// Answer is a Classifier's prediction for one text.
type Answer struct {
	Label         string    // the most probable class
	Probability   float64   // its probability
	Probabilities []float64 // of every class, in the order of the labels
	// UnknownTokens counts the tokens of the text, as the model read it, that are [UNK].
	// If their Share is HighUnknownShare or more, the model has not seen a relevant part of the
	// text.
	UnknownTokens tokenizers.UnknownTokens
}

// labelsOption names classify.Options.Labels in errors.
const labelsOption = "classify.Options.Labels"

// Open opens a model by folder or hub name with what it learned: an adapter's
// folder, of this module's making or of PEFT's, HeadOnly's head/, or a run folder, whose
// classes it then knows. An empty model means the one that the folder names.
//
// An empty dir means the model by itself, which then has a trained classifier: what [Merge]
// wrote, or any BertForSequenceClassification of the hub. dir may be such a model's folder,
// too, with an empty model. A model without a trained classifier is an error, and so is one
// whose config.json has another problem_type than single_label_classification.
func Open(ctx context.Context, model, dir string, options Options) (*Classifier, error) {
	if err := options.complete(); err != nil {
		return nil, err
	}
	var warnings []string
	m, err := openTuned(ctx, tuned{model: model, revision: options.Revision, dir: dir, labels: options.Labels, option: labelsOption, warnings: &warnings})
	if err != nil {
		return nil, err
	}
	settings.Default(&options.MaxLength, m.Config.MaxPositionEmbeddings)
	backend, err := options.backend(m)
	if err != nil {
		return nil, err
	}
	p, err := NewPredictor(backend, m, m.Encoder(), options.MaxLength)
	if err != nil {
		return nil, err
	}
	c := New(m, p)
	c.Warnings = warnings
	return c, nil
}

// New returns the classifier that answers by a predictor of the model m.
func New(m *bert.Model, p *Predictor) *Classifier {
	return &Classifier{model: m, predictor: p}
}

// Classify answers for every text, in their order. Texts are cleaned up as the
// reviews were that the adapter learned from (data.Clean).
func (c *Classifier) Classify(ctx context.Context, texts []string) ([]Answer, error) {
	return c.predictor.Classify(ctx, texts, nil)
}

// Classify answers for every text; the graph takes the extra tensors of more.
func (p *Predictor) Classify(ctx context.Context, texts []string, more feed.More) ([]Answer, error) {
	if len(texts) == 0 {
		return nil, nil
	}
	reviews := make([]data.Review, len(texts))
	for i, text := range texts {
		reviews[i] = data.Review{ID: strconv.Itoa(i), Text: data.Clean(text)}
	}
	unknown := make([]tokenizers.UnknownTokens, len(texts))
	prepared, err := p.Prepare(reviews, nil)
	if err != nil {
		return nil, err
	}
	predictions, err := p.PredictExamples(ctx, prepared, nil, "", func(batch batching.Batch) map[string]*tensors.Tensor {
		for row, example := range batch.Index {
			ids := batch.IDs[row*batch.Length:][:batch.Lengths[row]]
			unknown[example] = tokenizers.CountUnknown(p.model.Tokenizer, [][]int32{ids})
		}
		if more == nil {
			return nil
		}
		return more(batch)
	})
	if err != nil {
		return nil, err
	}
	chosen, probabilities, err := predictions.Answers()
	if err != nil {
		return nil, err
	}
	out := make([]Answer, len(texts))
	for i := range out {
		row, best := probabilities[i], chosen[i]
		out[i] = Answer{Label: predictions.Classes[best], Probability: row[best], Probabilities: row, UnknownTokens: unknown[i]}
	}
	return out, nil
}

// Close frees the compiled programs.
func (c *Classifier) Close() { c.predictor.Close() }

// Model returns the model that answers, with what was trained merged into it.
func (c *Classifier) Model() *bert.Model { return c.model }

// Predict returns the logits of every review, as [Predictor.Predict] does: for metrics on
// labelled examples. Unlike Classify it takes the texts as they are.
func (c *Classifier) Predict(ctx context.Context, reviews []data.Review, display progress.Progress, task string) (*metrics.Predictions, error) {
	return c.predictor.Predict(ctx, reviews, display, task)
}
