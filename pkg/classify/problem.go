package classify

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// openClassifying opens a model with a classifier: of words if opts.ProblemType is
// data.TokenClassification, otherwise of texts. Every classifier and merge uses it. option is the
// caller's option for labels, for errors; empty if the labels have another source.
func openClassifying(ctx context.Context, model string, opts bert.Options, option string) (*bert.Model, error) {
	opts.Head = bert.Classification
	if opts.ProblemType == tokenProblem {
		opts.Head, opts.ProblemType = bert.TokenClassification, ""
	}
	m, err := bert.Open(ctx, model, opts)
	if ce := (*bert.ConfigError)(nil); errors.As(err, &ce) && ce.Option != "" {
		ce.Option = option
	}
	if err != nil {
		return nil, err
	}
	return m, checkProblem(m.Config, m.Dir)
}

// tokenProblem is the problem type of data.TokenClassification in lora.LabelsFile. A model's
// config.json has none: its architectures state the task.
const tokenProblem = string(data.TokenClassification)

// checkProblem refuses a folder's model whose problem_type is unknown.
func checkProblem(config bert.Config, dir string) error {
	switch config.ProblemType {
	case "", bert.SingleLabel, bert.MultiLabel, bert.Regression:
		return nil
	}
	return problemError(config, dir, fmt.Sprintf("an unknown value; expected %q, %q or %q", bert.SingleLabel, bert.MultiLabel, bert.Regression))
}

func problemError(config bert.Config, dir, expected string) error {
	return &bert.ConfigError{Path: filepath.Join(dir, "config.json"), Field: "problem_type", Reason: fmt.Sprintf(
		"is %q, %s. To train a new classifier on this base, set Experiment.FreshHead (fresh_head); if the field is wrong, change it", config.ProblemType, expected)}
}

// problemOf returns the problem type of trained weights in the folder: of the run, otherwise of
// labels.json. known is false for a folder that records none, such as one of PEFT. Another task of
// the caller is an error.
func (t *tuned) problemOf() (problem string, known bool, err error) {
	problem, known = string(t.recordedTask), t.recorded != nil
	labels, err := lora.ReadLabels(t.dir)
	if err != nil {
		return "", false, err
	}
	if labels != nil {
		in, err := lora.ReadProblemType(t.dir)
		if err != nil {
			return "", false, err
		}
		if known && in != problem {
			return "", false, fmt.Errorf("%s states the task %q, and the run %q: one of the files belongs to another run", filepath.Join(t.dir, lora.LabelsFile), orSingle(in), orSingle(problem))
		}
		problem, known = in, true
	}
	if !known {
		return string(t.task), t.task != "", nil
	}
	if t.task != "" && string(t.task) != orSingle(problem) {
		return "", false, fmt.Errorf("%s: was trained for the task %s, and Options.Task is %s: leave it out", t.dir, orSingle(problem), t.task)
	}
	return orSingle(problem), true, nil
}

// orSingle returns the name of a task, of which "" means one class per text.
func orSingle(problem string) string {
	if problem == "" {
		return bert.SingleLabel
	}
	return problem
}

// basesProblem returns the problem type of trained weights whose folder records none: that of the
// base, with which PEFT trains without recording it. rows is the number of the classifier's rows
// in the folder, 0 if it has none.
func basesProblem(config bert.Config, dir, given string, rows int) (string, error) {
	if given == tokenProblem { // the base's problem_type is that of a classifier of texts
		return given, nil
	}
	if err := checkProblem(config, dir); err != nil {
		return "", err
	}
	stated := config.ProblemType
	switch {
	case given != "" && stated != "" && given != stated:
		return "", problemError(config, dir, fmt.Sprintf("and Options.Task is %q: PEFT trains with the base's problem_type; leave Options.Task out, or name a base with the right problem_type", given))
	case given != "":
		return given, nil
	case stated != "":
		return stated, nil
	case rows == 1 || rows == 0 && len(config.Labels) == 1:
		return "", problemError(config, dir, fmt.Sprintf("and the classifier has one row: the task is unknown; set classify.Options.Task or MergeOptions.Task (--task of kernel serve, label, evaluate and merge) to %q or %q", bert.Regression, bert.MultiLabel))
	}
	return bert.SingleLabel, nil
}

// validTask refuses an unknown task.
func validTask(task data.Task) error {
	switch task {
	case "", data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification:
		return nil
	}
	return fmt.Errorf("options: Task is %q, expected %q, %q, %q or %q", string(task), data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification)
}

// PEFT's names of the tasks whose classifiers are served.
const (
	sequenceTask = "SEQ_CLS"
	tokenTask    = "TOKEN_CLS"
)

// CheckTask refuses an adapter for another task than sequence classification, or than token
// classification for data.TokenClassification, since its classifier has other outputs.
func CheckTask(c lora.Config, task data.Task) error {
	expected, does := sequenceTask, "classify texts"
	if task == data.TokenClassification {
		expected, does = tokenTask, "classify words"
	}
	if c.TaskType == "" || c.TaskType == expected || c.TaskType == lora.NoTask {
		return nil
	}
	return fmt.Errorf("is %s, expected %s or none: the adapter does not %s", c.TaskType, expected, does)
}

// takeTask uses the task that an adapter's configuration states, if it is token classification,
// which PEFT records, and refuses another one of the caller or the run.
func (t *tuned) takeTask(c lora.Config) error {
	task := t.task
	if task == "" && t.recorded != nil {
		task = t.recordedTask
	}
	if c.TaskType == tokenTask && task == "" && t.recorded == nil {
		task, t.task = data.TokenClassification, data.TokenClassification
	}
	return CheckTask(c, task)
}
