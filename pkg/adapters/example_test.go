package adapters_test

import (
	"fmt"
	"log"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/parameter"
)

// Two adapters on one model: switched, switched off, and combined into a third.
func Example() {
	store := newModel()
	set, err := adapters.New(store, projections, 3, lora.Config{R: 2, TargetModules: []string{"query"}})
	if err != nil {
		log.Fatal(err)
	}
	for seed, name := range []string{"films", "books"} {
		c := lora.Config{R: 1, Alpha: 1, TargetModules: []string{"query"}, Init: lora.InitRandom}
		if err := set.Add(name, c, int64(seed)); err != nil {
			log.Fatal(err)
		}
	}
	w := adapters.Weighted{CombinationType: adapters.CombineCat}
	if err := set.AddWeightedAdapter("both", []string{"films", "books"}, []float64{0.5, 0.5}, w); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{adapters.Base, "films", "books", "both", adapters.Base} {
		if err := set.SetAdapter(name); err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-9s%.4v\n", name, predict(store, set.Wrap(linear), []float32{1, 2, 3, 4}))
	}
	fmt.Println(set.SetAdapter("music"))
	// Output:
	// __base__ [[3 7]]
	// films    [[2.659 7.004]]
	// books    [[6.943 8.652]]
	// both     [[4.801 7.828]]
	// __base__ [[3 7]]
	// adapters: adapter "music" is not in the set; the set has books, both, films
}

// linear is the model's way of building a projection. parameter.Node reads its weight in each run.
func linear(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	weight := parameter.Node(scope, scope.GetVariable("weight"), x)
	return nn.Dense(x, weight, nil, compute.DenseLayoutOutputsInput)
}

// newModel is the store of a model of two projections, encoder/query and classifier.
func newModel() *model.Store {
	store := model.NewStore()
	store.VariableWithValue("/encoder/query/weight", [][]float32{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}})
	store.VariableWithValue("/classifier/weight", [][]float32{{1, 1, 0, 0}, {0, 0, 1, 1}})
	return store
}

var projections = []string{"encoder/query", "classifier"}

// backend computes: one for the whole program, since a model's values stay with it.
var backend = open()

func open() compute.Backend {
	backend, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		log.Fatal(err)
	}
	return backend
}

// predict runs the model on one row.
func predict(store *model.Store, dense func(*model.Scope, *graph.Node, int) *graph.Node, row []float32) any {
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		x = dense(scope.At("encoder").At("query"), x, 4)
		return dense(scope.At("classifier"), x, 2)
	})
	if err != nil {
		log.Fatal(err)
	}
	results, err := exec.Call([][]float32{row})
	if err != nil {
		log.Fatal(err)
	}
	return results[0].Value()
}
