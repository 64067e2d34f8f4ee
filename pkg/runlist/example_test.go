package runlist_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/runlist"
)

func ExampleRead() {
	list, err := runlist.Read("../finetune/testdata/runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, group := range list.Groups {
		for _, run := range group.Runs {
			fmt.Printf("%s: %s, step %d of %d, %.1f %% before\n", run.Name, run.State, run.Step, run.Steps, 100*run.Before.Value)
		}
	}
	// Output:
	// finished: complete, step 8 of 8, 44.4 % before
	// stopped: stopped, step 3 of 8, 44.4 % before
}
