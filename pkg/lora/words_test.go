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
)

// wordsEmbeddings are those of the network Words of testdata/tiny.py, tiny reading ids,
// and wordsRows how many rows they have.
var (
	wordsEmbeddings = []string{"word_embeddings", "position_embeddings"}
	wordsRows       = map[string]int{"word_embeddings": 11, "position_embeddings": 5}
)

type embedding = func(scope *model.Scope, ids *graph.Node) *graph.Node

func lookup(scope *model.Scope, ids *graph.Node) *graph.Node {
	return graph.Gather(scope.GetVariable("weight").NodeValue(ids.Graph()), graph.InsertAxes(ids, -1))
}

// words is the network: ids [batch, seq] to [batch, labels].
func words(scope *model.Scope, ids *graph.Node, d dense, e embedding) *graph.Node {
	positions := graph.Iota(ids.Graph(), shapes.Make(dtypes.Int32, 1, ids.Shape().Dim(1)), 1)
	x := graph.Add(e(scope.At("word_embeddings"), ids), e(scope.At("position_embeddings"), positions))
	return tiny(scope, x, d)
}

// wrapped is the adapted network that takes the input: Words or Tiny.
func wrapped(a *Adapter) func(*model.Scope, *graph.Node) *graph.Node {
	return func(scope *model.Scope, x *graph.Node) *graph.Node {
		if x.DType().IsInt() {
			return words(scope, x, a.Wrap(linear), a.WrapEmbedding(lookup))
		}
		return tiny(scope, x, a.Wrap(linear))
	}
}

// plain is the network Words without an adapter.
func plain(scope *model.Scope, ids *graph.Node) *graph.Node { return words(scope, ids, linear, lookup) }

func wordsStore(t testing.TB) *model.Store {
	t.Helper()
	store := tinyStore(t)
	values := read(t, "testdata/words.safetensors")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		store.VariableWithValue(path(name), values[name])
	}
	return store
}

// ids are the fixtures' [4, 5].
func ids(t testing.TB) *tensors.Tensor {
	return read(t, "testdata/embeddings/expected.safetensors")["x"]
}

// network is one of testdata/tiny.py.
type network struct {
	class      string
	store      func(testing.TB) *model.Store
	embeddings []string
	input      func(testing.TB) *tensors.Tensor
}

var (
	tinyNetwork  = network{"Tiny", tinyStore, nil, input}
	wordsNetwork = network{"Words", wordsStore, wordsEmbeddings, ids}
)

// injected is a fresh adapter on the network, opened one that is saved in a folder.
func (n network) injected(t testing.TB, c Config) (*Adapter, *model.Store) {
	t.Helper()
	store := n.store(t)
	a, err := New(c)
	must(t, err)
	must(t, a.Inject(store, tinyModules(), 7, n.embeddings...))
	return a, store
}

func (n network) opened(t testing.TB, dir string) (*Adapter, *model.Store) {
	t.Helper()
	store := n.store(t)
	a, err := Open(dir, store, tinyModules(), n.embeddings...)
	must(t, err)
	return a, store
}

// outputs runs the network with the adapter once.
func (n network) outputs(t testing.TB, a *Adapter, store *model.Store) []float32 {
	t.Helper()
	return run(t, store, false, wrapped(a), n.input(t))
}
