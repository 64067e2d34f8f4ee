package parameter_test

import (
	"fmt"
	"log"

	"github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/parameter"
)

// A compiled graph computes with the present value of a variable.
func ExampleNode() {
	backend, err := gobackend.New("")
	if err != nil {
		log.Fatal(err)
	}
	defer backend.Finalize()
	store := model.NewStore()
	weight := store.VariableWithValue("/weight", float32(2))
	exec, err := model.NewExec(backend, store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		return graph.Mul(x, parameter.Node(scope, weight, x))
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, value := range []float32{2, 3} {
		if err := weight.SetValue(tensors.FromScalar(value)); err != nil {
			log.Fatal(err)
		}
		y, err := exec.Call1(float32(10))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(y.Value())
	}
	// Output:
	// 20
	// 30
}
