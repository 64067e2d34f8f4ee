package finetune

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune/internal/weights"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// network is the open model of the experiment with its trainable tensors.
type network struct {
	*bert.Model
	encoder *bert.Encoder
	adapter *lora.Adapter   // nil before training and without LoRA
	learned weights.Trained // nil before training

	input encoding.Encoder
	rows  map[string]*encoding.Rows // encoded examples by split
	watch func(work string)
}

// open opens the model with a new classifier. For a training, it makes the tensors of the
// experiment's method trainable.
func (r *Run) open(ctx context.Context, trains bool) (*network, error) {
	inFile := int64(bert.LargeWords)
	if trains || r.Experiment.Devices > 1 {
		inFile = 0
	}
	n, err := r.openModel(ctx, inFile)
	if err != nil {
		return nil, err
	}
	if trains {
		return n, r.makeTrainable(ctx, n)
	}
	return n, r.upload(n)
}

// openModel opens the model with a new classifier. inFile is bert.Options.WordsInFile.
func (r *Run) openModel(ctx context.Context, inFile int64) (*network, error) {
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	e := r.Experiment
	r.options.work("open the model")
	options := e.modelOptions(examples.Labels)
	options.WordsInFile = inFile
	m, err := inputs.OpenModel(ctx, r.Folder, inputs.Model("model", e.Model, e.resolve()), options)
	if err != nil {
		return nil, err
	}
	if err := e.checkLength(m); err != nil {
		return nil, err
	}
	if err := r.Folder.Restore(); err != nil {
		return nil, err
	}
	return &network{Model: m, encoder: m.Encoder(), input: e.encoder(m.Tokenizer, examples), rows: map[string]*encoding.Rows{}, watch: r.options.work}, nil
}

// modelOptions returns the options of the experiment's model, with a classifier for the labels.
func (e Experiment) modelOptions(labels []string) bert.Options {
	head, problem := e.head()
	return bert.Options{Head: head, Labels: labels, Seed: e.Seed, FreshHead: e.FreshHead, ProblemType: problem, Round: e.rounds(), Resolve: e.resolve()}
}

// checkLength refuses more tokens than the model reads.
func (e Experiment) checkLength(m *bert.Model) error {
	if n := m.Config.MaxPositionEmbeddings; e.Data.MaxLength > n {
		return &FieldError{Field: "data.max_length", Reason: fmt.Sprintf("is %d, expected at most %[3]d, the maximum of %[2]s", e.Data.MaxLength, e.Model, n)}
	}
	return nil
}

// makeTrainable makes the tensors of the experiment's method trainable: a new adapter and the
// modules to save, the head, or all.
func (r *Run) makeTrainable(ctx context.Context, n *network) (err error) {
	e := r.Experiment
	switch e.Method {
	case LoRA:
		err = r.adapt(ctx, n)
	case HeadOnly:
		n.learned, err = weights.OfHead(n.Model, n.encoder, e.Adapter.ModulesToSave, e.base(), r.Folder.Path(runfolder.HeadDir))
	case Full:
		n.learned = weights.OfModel(n.Model, e.base(), r.Folder)
	}
	if err != nil {
		return err
	}
	r.recordEncoding(n)
	if err := n.checkTrainable(e); err != nil {
		return err
	}
	if err := r.upload(n); err != nil {
		return err
	}
	return n.Store.SetRNGStateFromSeed(e.Seed)
}

// checkTrainable refuses a choice of trainable tensors whose files could not be loaded again.
func (n *network) checkTrainable(e Experiment) error {
	for _, name := range n.Fresh {
		if v := n.Variable(name); !v.Trainable {
			return &FieldError{Field: "adapter.modules_to_save", Reason: fmt.Sprintf("is %q, but %s has no %s: newly initialized weights must be trained and saved, or they cannot be loaded again: add %q", e.Adapter.ModulesToSave, e.Model, name, moduleToSave(name))}
		}
	}
	return n.checkOrder()
}

// base names the experiment's model.
func (e Experiment) base() weights.Base {
	return weights.Base{Name: e.Model, Revision: e.ModelRevision}
}

// upload moves the network to the engine. Frozen matrices are rounded to bfloat16 if every
// product rounds them anyway. DoRA and SHiRA compute with the matrices themselves.
func (r *Run) upload(n *network) error {
	e := r.Experiment
	if e.Training.Precision == precision.BFloat16 && !e.Adapter.DoRA && e.Adapter.PeftType != lora.SHiRA {
		if err := n.RoundProjections(); err != nil {
			return err
		}
	}
	mesh, err := r.mesh()
	if err != nil {
		return err
	}
	return mesh.Upload(r.engine.Backend, n.Store)
}

// rounds returns the choice of matrices that upload would round and that nothing needs before, for
// bert.Options.Round.
func (e Experiment) rounds() func(module string) bool {
	if e.Training.Precision != precision.BFloat16 || e.Method == Full {
		return nil
	}
	return func(module string) bool { return !e.Adapter.NeedsExact(dotted.Name(module)) }
}

// encoder returns the encoder of all examples: with one second text among them, all are pairs.
func (e Experiment) encoder(t *tokenizers.Tokenizer, examples *splits.Examples) encoding.Encoder {
	pairs := encoding.HasPairs(examples.Train, examples.Validation, examples.Test)
	return encoding.Encoder{Tokenizer: t, MaxLength: e.Data.MaxLength, Truncation: e.Data.Truncation, Pairs: pairs, Words: e.Task == data.TokenClassification}
}

// rowsOf encodes the examples of a split ("train", "validation" or "test") once.
func (n *network) rowsOf(part string, examples []data.Example) *encoding.Rows {
	if rows, ok := n.rows[part]; ok {
		return rows
	}
	n.watch("tokenize " + part)
	n.rows[part] = n.input.Encode(examples)
	return n.rows[part]
}

// opened opens the experiment's model once for all parts of a report.
type opened struct {
	run     *Run
	network *network
	exact   []unrounded // the training may need these values
}

// unrounded is the value of a matrix before upload rounded it.
type unrounded struct {
	variable *model.Variable
	value    *tensors.Tensor
}

// untrained returns the model before training.
func (o *opened) untrained(ctx context.Context) (_ *network, err error) {
	if o.network != nil {
		return o.network, nil
	}
	n, err := o.run.openModel(ctx, 0)
	if err != nil {
		return nil, err
	}
	if o.run.Experiment.Training.Precision == precision.BFloat16 {
		for _, module := range n.DenseModules() {
			v := n.Store.GetVariable("/" + module + "/weight")
			if v.DType() != dtypes.Float32 { // see rounds
				continue
			}
			value, err := v.Value()
			if err != nil {
				return nil, err
			}
			clone, err := value.LocalClone()
			if err != nil {
				return nil, err
			}
			o.exact = append(o.exact, unrounded{v, clone})
		}
	}
	o.network = n
	return n, o.run.upload(n)
}

// trainable returns the model with its trainable tensors, as the training left them if there was
// one.
func (o *opened) trainable(ctx context.Context) (_ *network, err error) {
	if o.network == nil {
		o.network, err = o.run.open(ctx, true)
		return o.network, err
	}
	n := o.network
	if n.learned != nil {
		return n, nil
	}
	for _, matrix := range o.exact {
		if err := matrix.variable.SetValue(matrix.value); err != nil {
			return nil, err
		}
	}
	o.exact = nil
	return n, o.run.makeTrainable(ctx, n)
}

// moduleToSave returns the name for adapter.modules_to_save of the module with a tensor: "pooler.dense" of
// "bert.pooler.dense.weight".
func moduleToSave(tensor string) string {
	module := tensor[:max(0, strings.LastIndexByte(tensor, '.'))]
	return strings.TrimPrefix(module, "bert.")
}
