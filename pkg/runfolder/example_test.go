package runfolder_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A run folder returns stored results, and refuses another experiment under the same name.
func ExampleCreate() {
	root, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)

	type experiment struct {
		Model        string  `json:"model"`
		LearningRate float64 `json:"learning_rate"`
	}
	baseline := func() (float64, error) {
		fmt.Println("measuring, which takes minutes")
		return 0.484, nil
	}
	environment := runfolder.CurrentEnvironment("xla:cpu")
	for range 2 {
		run, err := runfolder.Create(root, "first", experiment{"bert-base-cased", 0.001}, environment)
		if err != nil {
			fmt.Println(err)
			return
		}
		accuracy, err := runfolder.Once(run, runfolder.BaselineFile, baseline)
		fmt.Println("baseline", accuracy, err)
		run.Close()
	}

	_, err = runfolder.Create(root, "first", experiment{"bert-base-cased", 0.002}, environment)
	var changed *runfolder.ChangedError
	if errors.As(err, &changed) {
		fmt.Println(changed.Changes[0])
	}
	// Output:
	// measuring, which takes minutes
	// baseline 0.484 <nil>
	// baseline 0.484 <nil>
	// learning_rate: 0.001 in the folder, 0.002 now
}

// The history grows line by line, and is truncated to the step of the checkpoint from which the
// training resumes.
func ExampleHistory() {
	root, err := os.MkdirTemp("", "runs")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	run, err := runfolder.Create(root, "first", "any value", runfolder.CurrentEnvironment("go"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer run.Close()

	history, err := run.OpenHistory()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer history.Close()
	for step := 10; step <= 30; step += 10 {
		err := history.Append(runfolder.HistoryLine{Kind: runfolder.TrainLine, Step: step, Loss: 7 / float64(step)})
		if err != nil {
			fmt.Println(err)
			return
		}
	}
	if err := history.Truncate(20); err != nil {
		fmt.Println(err)
		return
	}
	lines, err := run.ReadHistory()
	for _, line := range lines {
		fmt.Println(line.Kind, line.Step, line.Loss)
	}
	fmt.Println(err)
	// Output:
	// train 10 0.7
	// train 20 0.35
	// <nil>
}
