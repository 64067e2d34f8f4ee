package lora_test

import (
	"fmt"
	"log"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/lora"
)

// SHiRA: a quarter of the 16 entries of a weight learns, where the seed says.
func Example_sparse() {
	store := newModel()
	adapter, err := lora.New(lora.Config{PeftType: lora.SHiRA, Fraction: 0.25, TargetModules: []string{"query"}})
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
	fmt.Println(report.Modules[0].Module, report.Modules[0].Parameters)
	rows, err := store.GetVariable("/encoder/query/shira_indices").Value()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("rows and columns:", rows.Value())
	fmt.Println("fresh:  ", predict(store, adapter.Wrap(linear), []float32{1, 2, 3, 4}))
	if err := store.GetVariable("/encoder/query/shira_weight").SetValue(tensors.FromValue([]float32{1, 0, 0, 10})); err != nil {
		log.Fatal(err)
	}
	fmt.Println("trained:", predict(store, adapter.Wrap(linear), []float32{1, 2, 3, 4}))
	// Output:
	// encoder.query 4
	// rows and columns: [[0 1 1 3] [2 0 2 1]]
	// fresh:   [[3 7]]
	// trained: [[6 27]]
}
