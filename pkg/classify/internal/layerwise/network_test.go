package layerwise

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// served is a model with adapters.
type served struct {
	*bert.Model
	backend compute.Backend
	set     *adapters.Set
}

// configs of adapters, of which the second changes the last layer alone.
var configs = []lora.Config{
	{R: 2, Init: lora.InitRandom, ModulesToSave: []string{"classifier"}},
	{R: 3, Alpha: 9, Init: lora.InitRandom, TargetModules: []string{"intermediate.dense"}, LayersToTransform: []int{1}, ModulesToSave: []string{"classifier"}},
}

// text is a text of the batch.
type text struct {
	ids   []int32
	first int32 // number of tokens of the first text of a pair, or of all tokens
	slot  int32 // a number without a slot counts as the last one
}

// texts are a pair of two blocks, a text of a whole block, and short ones, with the adapters of all
// slots.
var texts = []text{
	{[]int32{2, 5, 6, 3, 7, 8, 9, 9, 10, 7, 5, 3}, 4, 1},
	{[]int32{2, 9, 10, 11, 5, 6, 7, 3}, 8, 0},
	{[]int32{2, 5, 3}, 3, 2},
	{[]int32{2, 9, 10, 11, 3}, 5, 1},
}

// open opens a model of two layers with a head and an adapter of each of the configs.
func open(t *testing.T, backend compute.Backend, head bert.Head, configs []lora.Config) *served {
	t.Helper()
	m, err := bert.Open(t.Context(), "../../../bert/testdata/encoder/tiny", bert.Options{Head: head, FreshHead: true, Labels: []string{"bad", "mixed", "good"}})
	if err != nil {
		t.Fatal(err)
	}
	s := &served{Model: m, backend: backend}
	if s.set, err = adapters.New(m.Store, m.DenseModules(), len(configs), configs...); err != nil {
		t.Fatal(err)
	}
	for i, c := range configs {
		if err := s.set.Add([]string{"all", "last"}[i], c, int64(i)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// encoder returns the encoder with the adapters of the slots.
func (s *served) encoder(slots *graph.Node) *bert.Encoder {
	e := s.Encoder()
	e.Dense = s.set.WrapRows(bert.Linear, slots)
	return e
}

// network opens the layers.
func (s *served) network(t *testing.T) *Network {
	t.Helper()
	n, err := New(s.backend, s.Store, s.Config, false, s.encoder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Finalize)
	return n
}

// tokens is the size of the batch; the last block is padding.
const tokens = 6 * Block

// batch returns the batch of the texts, and the index of the first token of each of them.
func batch(head bert.Head) (Batch, []int) {
	ids, positions, types, numbers := make([]int32, tokens), make([]int32, tokens), make([]int32, tokens), make([]int32, tokens)
	for i := range numbers {
		numbers[i] = -1
	}
	slots := make([]int32, tokens/Block)
	var starts []int
	at := 0
	for n, text := range texts {
		starts = append(starts, at)
		for i, id := range text.ids {
			ids[at+i], positions[at+i], numbers[at+i] = id, int32(i), int32(n)
			if i >= int(text.first) && head == bert.Classification {
				types[at+i] = 1
			}
			slots[(at+i)/Block] = text.slot
		}
		at += (len(text.ids) + Block - 1) / Block * Block
	}
	row := func(values []int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(values, 1, tokens) }
	return Batch{
		IDs: row(ids), PositionIDs: row(positions), TypeIDs: row(types), Texts: row(numbers),
		Slots: tensors.FromFlatDataAndDimensions(slots, len(slots)), EachToken: head == bert.TokenClassification,
	}, starts
}

// logits returns the logits of the texts, one after the other.
func logits(t *testing.T, n *Network, head bert.Head) []float32 {
	t.Helper()
	b, starts := batch(head)
	return chosen(t, n, b, starts)
}

// chosen returns the logits of the texts that begin at some tokens of a batch.
func chosen(t *testing.T, n *Network, b Batch, starts []int) []float32 {
	t.Helper()
	out, finite, err := n.Logits(b)
	if err != nil {
		t.Fatal(err)
	}
	if !finite {
		t.Error("the numbers of the batch overflowed")
	}
	flat := tensors.MustCopyFlatData[float32](out)
	classes := out.Shape().Dim(-1)
	var values []float32
	for i, start := range starts {
		if b.EachToken {
			values = append(values, flat[start*classes:(start+len(texts[i].ids))*classes]...)
		} else {
			values = append(values, flat[start/Block*classes:][:classes]...)
		}
	}
	return values
}

// alone returns the logits of the texts in the program of the whole network, each text in a row of its
// own.
func (s *served) alone(t *testing.T, head bert.Head) []float32 {
	t.Helper()
	var values []float32
	for _, text := range texts {
		vector := func(values ...int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(values, 1) }
		ids := tensors.FromFlatDataAndDimensions(text.ids, 1, len(text.ids))
		want, err := model.CallOnce(s.backend, s.Store, func(root *model.Scope, in []*graph.Node) *graph.Node {
			if head == bert.TokenClassification {
				return s.encoder(in[2]).TokenLogits(root, bert.PaddedInputs(in[0], in[1]))
			}
			return s.encoder(in[2]).Logits(root, bert.PairInputs(in[0], in[1], in[3]))
		}, ids, vector(int32(len(text.ids))), vector(text.slot), vector(text.first))
		if err != nil {
			t.Fatal(err)
		}
		values = append(values, tensors.MustCopyFlatData[float32](want)...)
	}
	return values
}

// each calls a test for both heads, with the Go backend and the one that lorabook selects.
func each(t *testing.T, test func(t *testing.T, backend compute.Backend, head bert.Head)) {
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	for name, backend := range map[string]compute.Backend{"go": testenv.GoBackend(t), "default " + e.Config: e.Backend} {
		for _, head := range []bert.Head{bert.Classification, bert.TokenClassification} {
			t.Run(name+" "+head.String(), func(t *testing.T) { test(t, backend, head) })
		}
	}
}

// Layer by layer, and beside others, the texts have the logits that the program of the whole network
// gives for each of them alone. Layers with variables of the same shapes share a program.
func TestLogitsOfWholeNetwork(t *testing.T) {
	each(t, func(t *testing.T, backend compute.Backend, head bert.Head) {
		for programs := 1; programs <= 2; programs++ {
			s := open(t, backend, head, configs[:programs])
			n := s.network(t)
			got, whole := logits(t, n, head), s.alone(t, head)
			if d := testenv.RelativeDistance(got, whole); d > 1e-6 || len(got) != len(whole) {
				t.Errorf("%v, expected %v: the relative distance is %v", got, whole, d)
			}
			if len(n.layers) != 2 || len(n.shared) != programs {
				t.Errorf("%d layers have %d programs, expected 2 layers with %d", len(n.layers), len(n.shared), programs)
			}
		}
	})
}

// Word embeddings that are an input give the logits of those that are looked up, to the bit.
func TestLogitsOfGivenWords(t *testing.T) {
	each(t, func(t *testing.T, backend compute.Backend, head bert.Head) {
		s := open(t, backend, head, configs)
		want := logits(t, s.network(t), head)
		given, err := New(backend, s.Store, s.Config, true, s.encoder)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(given.Finalize)
		b, starts := batch(head)
		table, err := floats.Read(s.Variable(bert.WordEmbeddings))
		if err != nil {
			t.Fatal(err)
		}
		var words []float32
		hidden := s.Config.HiddenSize
		for _, id := range tensors.MustCopyFlatData[int32](b.IDs) {
			words = append(words, table[int(id)*hidden:int(id+1)*hidden]...)
		}
		b.Words = tensors.FromFlatDataAndDimensions(words, append(b.IDs.Shape().Clone().Dimensions, hidden)...)
		if got := chosen(t, given, b, starts); !slices.Equal(got, want) {
			t.Errorf("%v, expected %v", got, want)
		}
	})
}

// The compiled programs follow every variable of each layer, those of the adapters included.
func TestLogitsFollowVariables(t *testing.T) {
	each(t, func(t *testing.T, backend compute.Backend, head bert.Head) {
		s := open(t, backend, head, configs)
		n := s.network(t)
		changed := testenv.Follows(t, s.Store, func() []float32 { return logits(t, n, head) }, func(v *model.Variable) bool {
			return strings.HasSuffix(v.Path(), "/key/bias") || // adds the same to all scores of a softmax
				v.Scope() == "/classifier" && !strings.HasPrefix(v.Name(), "#") // slot 0 has a copy
		})
		if changed < 2*15 {
			t.Errorf("%d variables were changed, expected those of two layers", changed)
		}
	})
}

// An encoder that does not read its variables with parameter.Node is an error: each layer would
// compute with the weights of the first.
func TestOtherReadsAreRefused(t *testing.T) {
	s := open(t, testenv.GoBackend(t), bert.Classification, configs[:1])
	n, err := New(s.backend, s.Store, s.Config, false, func(*graph.Node) *bert.Encoder {
		e := s.Encoder()
		e.Dense = func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
			y := bert.Linear(scope, x, out)
			return graph.Add(y, graph.ExpandLeftToRank(scope.GetVariable("bias").NodeValue(x), y.Rank()))
		}
		return e
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Finalize)
	b, _ := batch(bert.Classification)
	if _, _, err := n.Logits(b); err == nil || !strings.Contains(err.Error(), "parameter.Node") || !strings.Contains(err.Error(), "/bert/encoder/layer/0/") {
		t.Errorf("the error is %v, expected one with the variable and parameter.Node", err)
	}
}
