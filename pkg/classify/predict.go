package classify

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Predictor classifies examples with a model, with or without an adapter.
type Predictor struct {
	model     *bert.Model
	exec      *feed.Exec
	maxLength int
}

// NewPredictor prepares a model for the classification of examples of at most maxLength tokens.
// The encoder is the model's, or a copy with a decorated Dense and Embedding. A nil backend
// means the best engine of this machine, which is opened once per process. The Go backend with
// a bounded pool of workers is an error, since it can deadlock.
func NewPredictor(backend compute.Backend, m *bert.Model, encoder *bert.Encoder, maxLength int) (*Predictor, error) {
	return NewPredictorOf(backend, m, maxLength, WholeNetwork(encoder))
}

// Logits is a graph from a batch to logits [rows, labels].
type Logits struct {
	Extra []string // names of its extra input tensors, as in batching.Tensors.Extra
	Build func(root *model.Scope, in batching.Nodes) *graph.Node
}

// WholeNetwork computes the logits with all layers of the encoder.
func WholeNetwork(encoder *bert.Encoder) Logits {
	return Logits{Build: func(root *model.Scope, in batching.Nodes) *graph.Node {
		return encoder.Logits(root, bert.PaddedInputs(in.IDs, in.Lengths))
	}}
}

// NewPredictorOf is [NewPredictor] with any graph.
func NewPredictorOf(backend compute.Backend, m *bert.Model, maxLength int, l Logits) (*Predictor, error) {
	if n := m.Config.MaxPositionEmbeddings; maxLength < 3 || maxLength > n {
		return nil, fmt.Errorf("maxLength is %d, expected 3 to %[3]d, the range of %[2]s", maxLength, m.Dir, n)
	}
	e, err := engine.For(backend, "backend")
	if err != nil {
		return nil, err
	}
	if err := engine.Upload(e.Backend, m.Store); err != nil {
		return nil, err
	}
	exec, err := feed.New(e.Backend, m.Store, batching.Signature{Extra: l.Extra}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		return []*graph.Node{l.Build(root, in)}
	})
	if err != nil {
		return nil, err
	}
	return &Predictor{model: m, exec: exec, maxLength: maxLength}, nil
}

// Close frees the compiled programs, but not the model.
func (p *Predictor) Close() { p.exec.Finalize() }

// Predict returns the logits of every example, and shows progress unless display is nil. If ctx
// ends first, it stops after a batch and returns ctx's error.
func (p *Predictor) Predict(ctx context.Context, reviews []data.Example, display progress.Progress, task string) (*metrics.Predictions, error) {
	examples, err := p.Prepare(reviews, nil)
	if err != nil {
		return nil, err
	}
	return p.PredictExamples(ctx, examples, display, task, nil)
}

// Prepared are examples in batches, for one or more predictions.
type Prepared struct {
	reviews []data.Example
	batches batching.Sequence
}

// Prepare divides examples into batches. ids are their token ids, at most the predictor's maximum
// length each; with nil, Prepare tokenizes the examples.
func (p *Predictor) Prepare(reviews []data.Example, ids [][]int32) (*Prepared, error) {
	if ids == nil {
		ids = p.model.Tokenizer.EncodeAll(data.Texts(reviews), p.maxLength)
	}
	batcher, err := batching.NewBatcher(ids, data.Labels(reviews), feed.EvaluationBatches(p.model.Tokenizer, p.maxLength))
	if err != nil {
		return nil, err
	}
	return &Prepared{reviews, batcher.InOrder()}, nil
}

// PredictExamples is Predict for prepared examples. more returns the extra input tensors of each
// batch; nil means none.
func (p *Predictor) PredictExamples(ctx context.Context, examples *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor) (*metrics.Predictions, error) {
	if display == nil {
		display = progress.Nop
	}
	reviews, labels := examples.reviews, len(p.model.Config.Labels)
	out := &metrics.Predictions{
		Classes: p.model.Config.Labels, Labels: data.Labels(reviews),
		Logits: make([]float32, len(reviews)*labels),
	}
	for _, r := range reviews {
		out.IDs = append(out.IDs, r.ID)
	}
	began, tokens, done := time.Now(), 0, 0
	bar := display.Begin(task, len(reviews), 0)
	defer bar.End()
	err := feed.Forward{Exec: p.exec, More: more}.Each(ctx, examples.batches, 0, func(_ int, batch batching.Batch, logits []float32) error {
		for row, example := range batch.Index {
			copy(out.Logits[example*labels:(example+1)*labels], logits[row*labels:])
			tokens += int(batch.Lengths[row])
		}
		done += len(batch.Index)
		bar.Update(progress.Status{Done: done, TokensPerSecond: float64(tokens) / time.Since(began).Seconds()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
