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

// slots are those of the base, of each of the configs, and of the base for a row of filler. A number
// without a slot counts as the last one.
var slots = []int32{0, 1, 2, 0}

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

// batch returns a batch with a pair of texts, padding and a row of filler.
func batch(head bert.Head) Batch {
	ids := []int32{
		2, 5, 6, 3, 7, 8, 3,
		2, 9, 10, 11, 3, 0, 0,
		2, 5, 3, 0, 0, 0, 0,
		0, 0, 0, 0, 0, 0, 0,
	}
	vector := func(values ...int32) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(values, len(slots)) }
	b := Batch{IDs: tensors.FromFlatDataAndDimensions(ids, len(slots), len(ids)/len(slots)), Lengths: vector(7, 5, 3, 0), Slots: vector(slots...)}
	if head == bert.Classification {
		b.FirstLengths = vector(4, 5, 3, 0)
	}
	return b
}

// logits returns the logits of the batch.
func logits(t *testing.T, n *Network, head bert.Head) []float32 {
	t.Helper()
	out, err := n.Logits(batch(head))
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out)
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

// Layer by layer the logits are those of the program of the whole network. Layers with variables of
// the same shapes share a program.
func TestLogitsOfWholeNetwork(t *testing.T) {
	each(t, func(t *testing.T, backend compute.Backend, head bert.Head) {
		for programs := 1; programs <= 2; programs++ {
			s := open(t, backend, head, configs[:programs])
			n, b := s.network(t), batch(head)
			got := logits(t, n, head)
			want, err := model.CallOnce(backend, s.Store, func(root *model.Scope, in []*graph.Node) *graph.Node {
				if head == bert.TokenClassification {
					return s.encoder(in[2]).TokenLogits(root, bert.PaddedInputs(in[0], in[1]))
				}
				return s.encoder(in[2]).Logits(root, bert.PairInputs(in[0], in[1], in[3]))
			}, b.arguments()...)
			if err != nil {
				t.Fatal(err)
			}
			whole := tensors.MustCopyFlatData[float32](want)
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
		b := batch(head)
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
		out, err := given.Logits(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := tensors.MustCopyFlatData[float32](out); !slices.Equal(got, want) {
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
	if _, err := n.Logits(batch(bert.Classification)); err == nil || !strings.Contains(err.Error(), "parameter.Node") || !strings.Contains(err.Error(), "/bert/encoder/layer/0/") {
		t.Errorf("the error is %v, expected one with the variable and parameter.Node", err)
	}
}
