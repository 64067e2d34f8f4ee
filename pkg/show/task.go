package show

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// TaskError reports an experiment of a task whose results have no charts yet.
type TaskError struct{ Task data.Task }

func (e *TaskError) Error() string {
	return fmt.Sprintf("the task is %s, and charts exist for %s only: print the result of Run.Baseline, Run.Train and Run.Report, or read report.json", e.Task, data.SingleLabel)
}

// checkRun refuses a run of a task without charts.
func checkRun(r *finetune.Run) error { return checkTask(r.Experiment.Task) }

func checkTask(task data.Task) error {
	if task != "" && task != data.SingleLabel {
		return &TaskError{task}
	}
	return nil
}

// checkReport refuses the report of a task without charts.
func checkReport(r *finetune.Report) error {
	switch {
	case r.MultiLabel != nil:
		return &TaskError{data.MultiLabel}
	case r.Regression != nil:
		return &TaskError{data.Regression}
	}
	return nil
}

// checkEvaluation refuses the evaluation of a task without charts.
func checkEvaluation(e evaluation.Evaluation) error {
	switch {
	case e.MultiLabel != nil:
		return &TaskError{data.MultiLabel}
	case e.Regression != nil:
		return &TaskError{data.Regression}
	}
	return nil
}
