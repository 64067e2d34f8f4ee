package lora_test

import (
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/lora"
)

// Two adapters on one model: switched, switched off, and combined into a third.
func ExampleAdapters() {
	store := newModel()
	set, err := lora.NewAdapters(store, projections, 3, lora.Config{R: 2, TargetModules: []string{"query"}})
	if err != nil {
		log.Fatal(err)
	}
	for seed, name := range []string{"films", "books"} {
		c := lora.Config{R: 1, Alpha: 1, TargetModules: []string{"query"}, Init: lora.InitRandom}
		if err := set.Add(name, c, int64(seed)); err != nil {
			log.Fatal(err)
		}
	}
	w := lora.Weighted{CombinationType: lora.CombineCat}
	if err := set.AddWeightedAdapter("both", []string{"films", "books"}, []float64{0.5, 0.5}, w); err != nil {
		log.Fatal(err)
	}
	for _, name := range []string{lora.Base, "films", "books", "both", lora.Base} {
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
	// lora: adapter "music" is not there; there are books, both, films
}
