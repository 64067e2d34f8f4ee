package classify

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify/internal/layerwise"
	"github.com/lorabook/lorabook/pkg/classify/internal/queue"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Kinds of graphs, and of the texts that they compute.
const (
	wholeTexts = iota // a classifier of the pooled output, for single texts and pairs
	eachToken         // a classifier of every token
)

// warmShape is a compiled shape of a graph.
type warmShape struct {
	kind int
	queue.Shape
}

// size is what a graph has places for.
type size struct {
	slots   int
	classes int
	configs []lora.Config
}

// places is a compiled graph with places for adapters. A larger one replaces it, with the same base.
type places struct {
	size
	store   *model.Store
	set     *adapters.Set
	network *layerwise.Network
	words   *bert.Words // nil if the word embeddings are in the store
	width   int         // number of logits of each text or token
}

// firstSize returns the size for the adapters in the folders at the start.
func (s *Service) firstSize(dirs map[string]string) (size, error) {
	out := size{slots: s.options.Slots, classes: max(s.options.MaxClasses, len(s.heads.base)), configs: slices.Clone(s.options.Like)}
	for name, dir := range dirs {
		c, err := lora.ReadConfig(dir)
		if err != nil {
			return out, fmt.Errorf("adapter %q: %w", name, err)
		}
		out.configs = append(out.configs, c)
		out.classes = max(out.classes, rowsOf(dir+"/"+lora.TensorsFile, classifierKey))
	}
	if len(out.configs) == 0 {
		// The default of the set is written out: a larger graph has its places too.
		out.configs = []lora.Config{{}}
	}
	return out, nil
}

// build makes a graph of a size, with the adapters in it. Nothing is compiled yet.
func (s *Service) build(n size, in []*servedAdapter) (*places, error) {
	p := &places{size: n, store: model.NewStore(), words: s.model.Words}
	for v := range s.model.Store.IterVariables() {
		if strings.HasPrefix(v.Name(), "#") {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.Path(), err)
		}
		p.store.VariableWithValue(v.Path(), value).SetTrainable(false)
	}
	var err error
	p.set, err = adapters.OpenOutputs(nil, p.store, s.model.DenseModules(), n.slots, map[string]int{bert.ClassifierModule: n.classes}, n.configs...)
	if err != nil {
		return nil, err
	}
	for _, a := range in {
		if err := p.set.Put(a.key, a.prepared); err != nil {
			return nil, err
		}
	}
	if err := engine.Upload(s.backend, p.store); err != nil {
		return nil, err
	}
	p.width = len(s.model.Config.Labels)
	if outputs := p.set.Outputs(bert.ClassifierModule); outputs > 0 {
		p.width = outputs
	}
	p.network, err = layerwise.New(s.backend, p.store, s.model.Config, p.words != nil, func(slots *graph.Node) *bert.Encoder {
		encoder := s.model.Encoder()
		encoder.Dense = p.set.WrapRows(bert.Linear, slots)
		return encoder
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// input are the texts of a batch.
type input struct {
	warmShape
	ids     [][]int32
	firsts  []int32 // number of tokens of the first text of each row
	slots   []int32
	padding int32
}

// compute returns the logits of a batch: [rows, width], or [rows, length, width] of eachToken.
func (p *places) compute(in input) ([]float32, error) {
	ids, lengths := make([]int32, in.Rows*in.Length), make([]int32, in.Rows)
	slots, firsts := make([]int32, in.Rows), make([]int32, in.Rows) // rows of filler use the base
	for i := range ids {
		ids[i] = in.padding
	}
	for row, tokens := range in.ids {
		lengths[row] = int32(copy(ids[row*in.Length:(row+1)*in.Length], tokens))
	}
	copy(slots, in.slots)
	copy(firsts, in.firsts)
	vector := func(values []int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(values, in.Rows) }
	b := layerwise.Batch{IDs: tensors.FromFlatDataAndDimensions(ids, in.Rows, in.Length), Lengths: vector(lengths), Slots: vector(slots)}
	if in.kind == wholeTexts {
		b.FirstLengths = vector(firsts)
	}
	if p.words != nil {
		var err error
		if b.Words, err = p.lookup(ids, in); err != nil {
			return nil, err
		}
		defer func() { _ = b.Words.FinalizeAll() }() // now, not when Go's collector runs
	}
	logits, err := p.network.Logits(b)
	if err != nil {
		return nil, err
	}
	defer func() { _ = logits.FinalizeAll() }()
	return tensors.CopyFlatData[float32](logits)
}

// lookup reads the word embeddings of a batch: [rows, length, hidden].
func (p *places) lookup(ids []int32, in input) (*tensors.Tensor, error) {
	t := tensors.FromShape(shapes.Make(dtypes.Float32, in.Rows, in.Length, p.words.Width()))
	var err error
	accessErr := t.MutableFlatData(func(flat any) { err = p.words.Lookup(ids, flat.([]float32)) })
	return t, errors.Join(err, accessErr)
}

// warmUp compiles the graph for a shape.
func (p *places) warmUp(shape warmShape) error {
	_, err := p.compute(input{warmShape: shape})
	return err
}

// close frees the programs and the places.
func (p *places) close() {
	p.network.Finalize()
	freeVariables(p.store, "#")
}

// freeVariables frees the values of the variables whose names begin with prefix.
func freeVariables(store *model.Store, prefix string) {
	for v := range store.IterVariables() {
		if value, err := v.Value(); err == nil && strings.HasPrefix(v.Name(), prefix) {
			_ = value.FinalizeAll()
		}
	}
}
