package show

import (
	"cmp"
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TaskError reports an experiment of a task whose results have no charts.
type TaskError struct{ Task data.Task }

func (e *TaskError) Error() string {
	return fmt.Sprintf("the task is %s, and charts exist for %s, %s, %s and %s only: print the result of Run.Baseline, Run.Train and Run.Report, or read report.json", e.Task, data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification)
}

// views are the functions that show one kind of result, by task.
type views struct {
	single, several, number, tags func() (Figures, error)
}

// of calls the function of a task. A task without one is a *TaskError.
func (v views) of(task data.Task) (Figures, error) {
	show, err := choose(task, v.single, v.several, v.number, v.tags)
	if err != nil {
		return Figures{}, err
	}
	return show()
}

// choose returns the value of a task. Another task is a *TaskError.
func choose[T any](task data.Task, single, several, number, tags T) (chosen T, err error) {
	switch cmp.Or(task, data.SingleLabel) {
	case data.SingleLabel:
		return single, nil
	case data.MultiLabel:
		return several, nil
	case data.Regression:
		return number, nil
	case data.TokenClassification:
		return tags, nil
	}
	return chosen, &TaskError{task}
}

// checkTask refuses a task without charts.
func checkTask(task data.Task) error {
	_, err := choose(task, 0, 0, 0, 0)
	return err
}

// both returns the predictions for the test examples before and after training. It trains and
// measures first, as far as the run folder does not hold the results.
func both[P any](ctx context.Context, r *finetune.Run, read func(name string) (P, error)) (before, after P, err error) {
	if _, err = r.Report(ctx); err != nil {
		return before, after, err
	}
	if before, err = read(runfolder.BaselinePredictionsFile); err != nil {
		return before, after, err
	}
	after, err = read(runfolder.ReportPredictionsFile)
	return before, after, err
}
