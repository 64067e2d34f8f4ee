package classify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/devices"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Predictor classifies examples with a model, with or without an adapter.
type Predictor struct {
	model   *bert.Model
	backend compute.Backend
	mesh    *devices.Mesh // nil for one device
	texts   graphs        // for single texts
	pairs   graphs        // for pairs; equal to texts if the graph reads no token types
	encoder encoding.Encoder
	width   int    // number of logits of each text or token
	engine  string // description of the engine

	decisions decisions // by Options.Threshold or Options.Calibrated of a Classifier
}

// NewPredictor prepares a model for the classification of examples, of which it reads at most
// maxLength tokens: the first, unless [Predictor.SetEncoding] sets another truncation.
// The encoder is the model's, or a copy with a decorated Dense and Embedding. A nil backend
// means the best engine of this machine, which is opened once per process. The Go backend with
// a bounded pool of workers is an error, since it can deadlock.
func NewPredictor(backend compute.Backend, m *bert.Model, encoder *bert.Encoder, maxLength int) (*Predictor, error) {
	switch {
	case m == nil:
		return nil, errNoModel
	case encoder == nil:
		return nil, errors.New("the encoder is nil, expected that of the model (bert.Model.Encoder) or a copy")
	case m.Words != nil && encoder.Embedding != nil:
		return nil, fmt.Errorf("the encoder has an Embedding of its own, and the word embeddings of %s are in their file: open the model without bert.Options.WordsInFile", m.Dir)
	}
	return NewPredictorOf(backend, m, maxLength, NetworkOf(m, encoder))
}

// graphs are the graphs of the logits of one kind of examples.
type graphs struct {
	padded *feed.Exec // rows with one example each
	packed *feed.Exec // rows with several examples; nil: there are none
}

// Logits is a graph from a batch to logits [rows, labels], or [rows, length, labels] of a model
// with the head bert.TokenClassification.
type Logits struct {
	Extra []string // names of its extra input tensors, as in batching.Tensors.Extra
	Build func(root *model.Scope, in batching.Nodes) *graph.Node
	// Packed is Build for rows with several examples, with the extra inputs of batching.PackedTensors.
	// Its logits are [rows, batching.RowExamples, labels], or those of every token. nil: every example
	// has a row of its own.
	Packed func(root *model.Scope, in batching.Nodes) *graph.Node
	// NoTokenTypes states that Build reads no token types, for a graph of the upper layers.
	NoTokenTypes bool
	// PerToken states that the logits are those of every token.
	PerToken bool
}

// For returns the graph for rows: for pairs it has the extra input of their token types.
func (l Logits) For(rows *encoding.Rows) Logits {
	l.Extra, _ = l.inputs(len(rows.Extra()) > 0)
	return l
}

// inputs returns the names of the extra inputs of Build and of Packed, for pairs with those of their token
// types.
func (l Logits) inputs(pairs bool) (padded, packed []string) {
	padded, packed = slices.Clone(l.Extra), slices.Concat(l.Extra, batching.PackedTensors)
	if pairs && !l.NoTokenTypes {
		padded, packed = append(padded, encoding.FirstLengthsTensor), append(packed, encoding.TypesTensor)
	}
	return padded, packed
}

// WholeNetwork computes the logits with all layers of the encoder.
func WholeNetwork(encoder *bert.Encoder) Logits {
	return Logits{
		Build: func(root *model.Scope, in batching.Nodes) *graph.Node {
			return encoder.Logits(root, encoding.Inputs(in))
		},
		Packed: func(root *model.Scope, in batching.Nodes) *graph.Node {
			return encoder.LogitsAt(root, encoding.Inputs(in), in.Extra[batching.FirstsTensor])
		},
	}
}

// TokenNetwork computes the logits of every token with all layers of the encoder,
// [rows, length, labels], for a model with the head bert.TokenClassification.
func TokenNetwork(encoder *bert.Encoder) Logits {
	build := func(root *model.Scope, in batching.Nodes) *graph.Node {
		return encoder.TokenLogits(root, encoding.Inputs(in))
	}
	return Logits{NoTokenTypes: true, PerToken: true, Build: build, Packed: build}
}

// NetworkOf is [TokenNetwork] for a model with the head bert.TokenClassification, and otherwise
// [WholeNetwork]. The encoder is the model's, or a copy. If the model leaves its word embeddings in
// their file (bert.Options.WordsInFile), they are an input of the graph, which the predictor reads.
func NetworkOf(m *bert.Model, encoder *bert.Encoder) Logits {
	network := WholeNetwork
	if m.Head == bert.TokenClassification {
		network = TokenNetwork
	}
	l := network(encoder)
	if m.Words == nil {
		return l
	}
	with := func(in batching.Nodes) Logits { return network(encoder.WithWords(in.Extra[feed.WordsTensor])) }
	l.Extra = []string{feed.WordsTensor}
	l.Build = func(root *model.Scope, in batching.Nodes) *graph.Node { return with(in).Build(root, in) }
	l.Packed = func(root *model.Scope, in batching.Nodes) *graph.Node { return with(in).Packed(root, in) }
	return l
}

// errNoModel is the error of a predictor without an opened model.
var errNoModel = errors.New("the model is nil or not opened, expected one of bert.Open")

// NewPredictorOf is [NewPredictor] with any graph.
func NewPredictorOf(backend compute.Backend, m *bert.Model, maxLength int, l Logits) (*Predictor, error) {
	switch {
	case m == nil || m.Store == nil:
		return nil, errNoModel
	case l.Build == nil:
		return nil, errors.New("the logits have no Build, expected the function of their graph")
	case m.Words != nil && !slices.Contains(l.Extra, feed.WordsTensor):
		return nil, fmt.Errorf("the graph has no input for the word embeddings, which are in the file of %s: take the graph of NetworkOf, or open the model without bert.Options.WordsInFile", m.Dir)
	}
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
	p := &Predictor{model: m, backend: e.Backend, engine: e.Backend.Description(), width: len(m.Config.Labels), encoder: encoding.Encoder{Tokenizer: m.Tokenizer, MaxLength: maxLength, Words: m.Head == bert.TokenClassification}}
	if p.texts, err = l.graphs(e.Backend, m.Store, false); err != nil {
		return nil, err
	}
	p.pairs = p.texts
	if !l.NoTokenTypes {
		p.pairs, err = l.graphs(e.Backend, m.Store, true)
	}
	return p, err
}

// graphs returns the graphs for pairs or for single texts.
func (l Logits) graphs(backend compute.Backend, store *model.Store, pairs bool) (g graphs, err error) {
	graphOf := func(build func(*model.Scope, batching.Nodes) *graph.Node, extra []string) (*feed.Exec, error) {
		return feed.New(backend, store, batching.Signature{Extra: extra}, func(root *model.Scope, in batching.Nodes) []*graph.Node {
			return []*graph.Node{build(root, in)}
		})
	}
	padded, packed := l.inputs(pairs)
	if g.padded, err = graphOf(l.Build, padded); err == nil && l.Packed != nil {
		g.packed, err = graphOf(l.Packed, packed)
	}
	return g, err
}

// forward returns the computation of rows.
func (p *Predictor) forward(rows *encoding.Rows, more feed.More) feed.Forward {
	g := p.texts
	if len(rows.Extra()) > 0 && p.pairs != p.texts {
		g, more = p.pairs, more.And(rows.Tensors)
	}
	f := feed.Forward{Exec: g.padded, Packed: g.packed, More: more}
	if p.model.Words != nil { // then the graph has them as an input: see NewPredictorOf
		f.Words = p.model.Words.Tensor
	}
	return f
}

// SetEncoding sets how examples are read: as pairs of texts, and what of longer ones. The maximum
// length remains that of NewPredictor.
func (p *Predictor) SetEncoding(r encoding.Record) {
	p.encoder.Pairs, p.encoder.Truncation = r.Pairs, r.Truncation
}

// SetDevices divides the rows of each batch among the first n devices of the engine: each has the
// whole model. The logits can differ in their last digits from those of one device. It precedes
// Prepare and the first prediction. An engine with fewer devices is an error, and so are a model
// that is on another number of them, and word embeddings in their file (bert.Options.WordsInFile).
func (p *Predictor) SetDevices(n int) error {
	if p.mesh != nil && p.mesh.Count() != max(1, n) {
		return fmt.Errorf("devices is %d, but the predictor has %d: open another one", n, p.mesh.Count())
	}
	mesh, err := devices.On(p.backend, n)
	if err != nil {
		return fmt.Errorf("devices %w", err)
	}
	if n > 1 && p.model.Words != nil {
		return fmt.Errorf("devices is %d, and the word embeddings of %s are in their file: open the model without bert.Options.WordsInFile", n, p.model.Dir)
	}
	p.mesh = mesh
	for _, exec := range p.execs() {
		if err := exec.Divide(mesh, devices.PerRow); err != nil {
			return err
		}
	}
	return mesh.Upload(p.backend, p.model.Store)
}

// Close frees the compiled programs, but not the model.
func (p *Predictor) Close() {
	for _, exec := range p.execs() {
		exec.Finalize()
	}
}

// execs returns all executable graphs.
func (p *Predictor) execs() []*feed.Exec {
	all := []*feed.Exec{p.texts.padded, p.texts.packed}
	if p.pairs != p.texts {
		all = append(all, p.pairs.padded, p.pairs.packed)
	}
	return slices.DeleteFunc(all, func(e *feed.Exec) bool { return e == nil })
}

// Predict returns the logits of every example, and shows progress unless display is nil. If one
// example has a second text, all are read as pairs. If ctx ends first, Predict stops after a
// batch and returns ctx's error.
func (p *Predictor) Predict(ctx context.Context, examples []data.Example, display progress.Progress, task string) (*metrics.Predictions, error) {
	prepared, err := p.Prepare(examples, nil)
	if err != nil {
		return nil, err
	}
	return p.PredictExamples(ctx, prepared, display, task, nil)
}

// Prepared are examples in batches, for one or more predictions.
type Prepared struct {
	examples []data.Example
	rows     *encoding.Rows
	batches  batching.Sequence
	sample   []int      // the examples that the batches contain whole; nil for all
	layer    feed.Layer // of the model
}

// Prepare divides examples into batches: long ones in rows of their own, many short ones together in
// shared rows ([Logits].Packed), which cannot change a logit by more than rounding. rows are the encoded
// examples, at most the predictor's maximum length each; with nil, Prepare encodes the examples.
func (p *Predictor) Prepare(examples []data.Example, rows *encoding.Rows) (*Prepared, error) {
	if rows == nil {
		rows = p.encode(examples, encoding.HasPairs(examples))
	}
	options := feed.BatchesFor(rows.IDs, p.model.Tokenizer, p.encoder.MaxLength, p.model.Config.LayerWeights(), p.texts.packed != nil)
	options.Tokens *= p.mesh.Count()
	batcher, err := batching.NewBatcher(rows.IDs, nil, options)
	if err != nil {
		return nil, err
	}
	return &Prepared{examples: examples, rows: rows, batches: batcher.InOrder(), layer: p.layer()}, nil
}

// encode encodes examples, as pairs if pairs is true or the training examples were pairs.
func (p *Predictor) encode(examples []data.Example, pairs bool) *encoding.Rows {
	encoder := p.encoder
	encoder.Pairs = encoder.Pairs || pairs
	return encoder.Encode(examples)
}

// logits returns the outputs of the classifier for prepared examples, [examples, width]. more
// returns the extra input tensors of each batch; nil means none. The logits of an example with
// several windows are their mean.
func (p *Predictor) logits(ctx context.Context, prepared *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor) ([]float32, error) {
	rows, labels := prepared.rows, p.width
	out := make([]float32, len(prepared.examples)*labels)
	windows := rows.Windows()
	err := p.eachBatch(ctx, prepared, display, task, more, func(batch batching.Batch, logits []float32) {
		for i, row := range batch.Index {
			example := rows.Example(row)
			from, to := logits[batch.Output(i)*labels:], out[example*labels:][:labels]
			if windows == nil {
				copy(to, from)
			} else {
				for class := range to {
					to[class] += from[class] / float32(windows[example])
				}
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachBatch computes the batches of prepared examples, and shows progress unless display is nil.
func (p *Predictor) eachBatch(ctx context.Context, prepared *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor, take func(batch batching.Batch, logits []float32)) error {
	bar := p.begin(display, task, prepared.batches)
	defer bar.End()
	return p.forward(prepared.rows, more).Each(ctx, prepared.batches, 0, func(i int, batch batching.Batch, logits []float32) error {
		take(batch, logits)
		bar.add(i, batch)
		return nil
	})
}
