package table_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/table"
)

// Outside a notebook, Show prints the table as text.
func ExampleShow() {
	t := table.New("Adapters", table.Column{Name: "name"}, table.Column{Name: "size", Unit: "kB", Format: "%.1f"})
	t.Add("r 4", 51.25)
	t.Add("r 16", 199.0)
	if err := table.Show(t); err != nil {
		fmt.Println(err)
	}
	// Output:
	// Adapters
	//
	// name  size, kB
	// ----  --------
	// r 4       51.2
	// r 16     199.0
}

// The fields of a struct become columns.
func ExampleFromStructs() {
	type result struct {
		Run      string
		Accuracy float64 `table:"accuracy" unit:"%" format:"%.1f"`
	}
	t, err := table.FromStructs("Results", []result{{"r 4", 86.5}, {"r 8", 88}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(t.Markdown())
	// Output:
	// Results
	//
	// | Run | accuracy, % |
	// | --- | --: |
	// | r 4 | 86.5 |
	// | r 8 | 88.0 |
}
