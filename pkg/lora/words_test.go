package lora

import (
	"maps"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/parameter"
)

// wordsEmbeddings are those of the network Words of testdata/tiny.py, tiny reading ids,
// and wordsRows how many rows they have.
var (
	wordsEmbeddings = []string{"word_embeddings", "position_embeddings"}
	wordsRows       = map[string]int{"word_embeddings": 11, "position_embeddings": 5}
)

type embedding = func(scope *model.Scope, ids *graph.Node) *graph.Node

func lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	return graph.Gather(parameter.Node(scope, scope.GetVariable("weight"), ids), graph.InsertAxes(ids, -1))
}

// words is the network: ids [batch, seq] to [batch, labels].
func words(scope *model.Scope, ids *graph.Node, d loratest.Dense, e embedding) *graph.Node {
	positions := graph.Iota(ids.Graph(), shapes.Make(dtypes.Int32, 1, ids.Shape().Dim(1)), 1)
	x := graph.Add(e(scope.At("word_embeddings"), ids), e(scope.At("position_embeddings"), positions))
	return loratest.Build(scope, x, d)
}

// wrapped is the adapted network that takes the input: Words or Tiny.
func wrapped(a *Adapter) func(*model.Scope, *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		if x.DType().IsInt() {
			return words(scope, x, a.Wrap(loratest.Linear), a.WrapEmbedding(lookup))
		}
		return loratest.Build(scope, x, a.Wrap(loratest.Linear))
	}
}

// plain is the network Words without an adapter.
func plain(scope *model.Scope, ids *graph.Node) *graph.Node {
	return words(scope, ids, loratest.Linear, lookup)
}

func wordsStore(t testing.TB) *model.Store {
	t.Helper()
	store := loratest.Store(t)
	values := loratest.Read(t, "testdata/words.safetensors")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		store.VariableWithValue(dotted.Path(name), values[name])
	}
	return store
}

// ids are the fixtures' [4, 5].
func ids(t testing.TB) *tensors.Tensor {
	return loratest.Read(t, "testdata/embeddings/expected.safetensors")["x"]
}

// network is one of testdata/tiny.py.
type network struct {
	class      string
	store      func(testing.TB) *model.Store
	embeddings []string
	input      func(testing.TB) *tensors.Tensor
}

var (
	tinyNetwork  = network{"Tiny", loratest.Store, nil, loratest.Input}
	wordsNetwork = network{"Words", wordsStore, wordsEmbeddings, ids}
)

// injected is a fresh adapter on the network, opened one that is saved in a folder.
func (n network) injected(t testing.TB, c Config) (*Adapter, *model.Store) {
	t.Helper()
	store := n.store(t)
	a, err := New(c)
	loratest.Must(t, err)
	loratest.Must(t, a.Inject(store, loratest.Modules(), 7, n.embeddings...))
	return a, store
}

func (n network) opened(t testing.TB, dir string) (*Adapter, *model.Store) {
	t.Helper()
	store := n.store(t)
	a, err := Open(dir, store, loratest.Modules(), n.embeddings...)
	loratest.Must(t, err)
	return a, store
}

// outputs runs the network with the adapter once.
func (n network) outputs(t testing.TB, a *Adapter, store *model.Store) []float32 {
	t.Helper()
	return loratest.Run(t, store, false, wrapped(a), n.input(t))
}
