package sweepchart_test

import (
	"encoding/json"
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/sweepchart"
)

// The trials of a sweep as a heat map of two fields. Those of a finished sweep are in sweep.Result.
func ExampleSearch() {
	plan := sweep.Plan{Fields: []sweep.Field{
		{Name: "training.learning_rate", Values: []any{1e-4, 1e-3}},
		{Name: "adapter.r", Values: []any{4, 8}},
	}}
	var trials []sweep.Trial
	for i, loss := range []float64{0.61, 0.58, 0.35, 0.32} {
		trials = append(trials, sweep.Trial{
			Number: i + 1, State: queue.Done, Result: &queue.Result{Loss: loss},
			Settings: []sweep.Setting{
				{Name: "training.learning_rate", Value: json.RawMessage([]string{"1e-4", "1e-3"}[i/2])},
				{Name: "adapter.r", Value: json.RawMessage([]string{"4", "8"}[i%2])},
			},
		})
	}
	search, err := sweepchart.Search("runs/sweep", plan, trials)
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range search.Parameters {
		fmt.Printf("%s, logarithmic: %t\n", p.Name, p.Log)
	}
	if _, err := chart.HeatMap(chart.Labels{Title: search.Objective}, search, "training.learning_rate", "adapter.r"); err != nil {
		log.Fatal(err)
	}
	fmt.Println(search.Objective, *search.Trials[3].Value)
	// Output:
	// training.learning_rate, logarithmic: true
	// adapter.r, logarithmic: false
	// validation loss, nats 0.32
}
