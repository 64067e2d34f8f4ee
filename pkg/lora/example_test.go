package lora_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"

	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/parameter"
)

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

// A model gets an adapter, which changes nothing until it has learnt something.
// What it learns is saved by itself, and can be put on the model again, by Python's
// PEFT as well.
func Example() {
	store := newModel()
	adapter, err := lora.New(lora.Config{R: 1, Alpha: 2, TargetModules: []string{"query"}})
	if err != nil {
		log.Fatal(err)
	}
	if err := adapter.Inject(store, projections, 42); err != nil {
		log.Fatal(err)
	}
	report, err := adapter.Report()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report)
	dense := adapter.Wrap(linear)
	fmt.Println("fresh:  ", predict(store, dense, []float32{1, 2, 3, 4}))

	// Training sets the two matrices; here it is done by hand.
	set(store, "/encoder/query/lora_A/weight", [][]float32{{1, 0, 0, 0}})
	set(store, "/encoder/query/lora_B/weight", [][]float32{{0}, {0}, {0}, {0.5}})
	fmt.Println("trained:", predict(store, dense, []float32{1, 2, 3, 4}))

	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := adapter.Save(filepath.Join(dir, "adapter")); err != nil {
		log.Fatal(err)
	}

	// Another program, later.
	store = newModel()
	adapter, err = lora.Open(filepath.Join(dir, "adapter"), store, projections)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("opened: ", predict(store, adapter.Wrap(linear), []float32{1, 2, 3, 4}))
	// Output:
	// trainable params: 16 || all params: 40 || trainable%: 40.0000
	// fresh:   [[3 7]]
	// trained: [[3 8]]
	// opened:  [[3 8]]
}

// Merged, the model computes what it learnt without the adapter.
func ExampleAdapter_Merge() {
	store := newModel()
	adapter, err := lora.New(lora.Config{R: 1, Alpha: 1, TargetModules: []string{"query"}})
	if err != nil {
		log.Fatal(err)
	}
	if err := adapter.Inject(store, projections, 42); err != nil {
		log.Fatal(err)
	}
	set(store, "/encoder/query/lora_A/weight", [][]float32{{1, 0, 0, 0}})
	set(store, "/encoder/query/lora_B/weight", [][]float32{{0}, {0}, {0}, {5}})

	fmt.Println("base:    ", predict(store, linear, []float32{1, 2, 3, 4}))
	if err := adapter.Merge(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("merged:  ", predict(store, linear, []float32{1, 2, 3, 4}))
	if err := adapter.Unmerge(); err != nil {
		log.Fatal(err)
	}
	fmt.Println("unmerged:", predict(store, linear, []float32{1, 2, 3, 4}))
	// Output:
	// base:     [[3 7]]
	// merged:   [[3 12]]
	// unmerged: [[3 7]]
}

// A name that is not there is answered with those that are.
func ExampleTargetError() {
	adapter, err := lora.New(lora.Config{R: 1, TargetModules: []string{"q_proj"}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(adapter.Inject(newModel(), projections, 42))
	// Output:
	// lora: target_modules: no module matches ["q_proj"]: expected one of encoder.query, classifier
}

// set gives a variable its value.
func set(store *model.Store, path string, value [][]float32) {
	if err := store.GetVariable(path).SetValue(tensors.FromValue(value)); err != nil {
		log.Fatal(err)
	}
}
