package classify

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify/internal/layerwise"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Kinds of graphs, and of the texts that they compute.
const (
	wholeTexts = iota // a classifier of the pooled output, for single texts and pairs
	eachToken         // a classifier of every token
)

// warmSize is a size of batches for which a graph is compiled.
type warmSize struct {
	kind   int
	tokens int
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
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		dir := dirs[name]
		c, err := lora.ReadConfig(dir)
		if err == nil {
			err = checkProjectionsAlone(dir, c, s.model)
		}
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

// input holds the texts of a batch.
type input struct {
	warmSize
	texts   []inputText
	padding int32
}

// inputText is a text of a batch.
type inputText struct {
	ids   []int32
	first int   // number of tokens of the first text of a pair; of all tokens otherwise
	slot  int32 // of its adapter
}

// compute returns the logits of the texts: [width], or [tokens, width] of eachToken. See
// layerwise.Network.Logits for finite.
func (p *places) compute(in input) (logits [][]float32, finite bool, err error) {
	ids, types, positions, texts := make([]int32, in.tokens), make([]int32, in.tokens), make([]int32, in.tokens), make([]int32, in.tokens)
	slots := make([]int32, in.tokens/layerwise.Block) // padding uses the base
	for i := range ids {
		ids[i], texts[i] = in.padding, -1
	}
	starts, at := make([]int, len(in.texts)), 0
	for number, t := range in.texts {
		starts[number] = at
		for i, id := range t.ids {
			ids[at+i], positions[at+i], texts[at+i] = id, int32(i), int32(number)
			if i >= t.first {
				types[at+i] = 1
			}
		}
		for end := at + len(t.ids); at < end; at += layerwise.Block {
			slots[at/layerwise.Block] = t.slot
		}
	}
	row := func(values []int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(values, 1, in.tokens) }
	b := layerwise.Batch{
		IDs: row(ids), PositionIDs: row(positions), TypeIDs: row(types), Texts: row(texts),
		Slots: tensors.FromFlatDataAndDimensions(slots, len(slots)), EachToken: in.kind == eachToken,
	}
	if p.words != nil {
		if b.Words, err = p.words.Tensor(ids, 1, in.tokens); err != nil {
			return nil, false, err
		}
		defer func() { _ = b.Words.FinalizeAll() }() // now, not when Go's collector runs
	}
	computed, finite, err := p.network.Logits(b)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = computed.FinalizeAll() }()
	flat, err := tensors.CopyFlatData[float32](computed)
	if err != nil {
		return nil, false, err
	}
	logits = make([][]float32, len(in.texts))
	for i, t := range in.texts {
		first, values := starts[i]/layerwise.Block, 1
		if in.kind == eachToken {
			first, values = starts[i], len(t.ids)
		}
		logits[i] = slices.Clone(flat[first*p.width : (first+values)*p.width])
	}
	return logits, finite, nil
}

// warmUp compiles the graph for a size.
func (p *places) warmUp(size warmSize) error {
	_, _, err := p.compute(input{warmSize: size})
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
