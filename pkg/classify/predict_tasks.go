package classify

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/progress"
)

// TaskPredictions are the predictions of a model, according to its task. One field is set, the
// others are nil.
type TaskPredictions struct {
	SingleLabel *metrics.Predictions
	MultiLabel  *metrics.MultiLabelPredictions
	Regression  *metrics.RegressionPredictions
	Tags        *metrics.TagPredictions

	words []float32 // logits of the words of all sentences, [words, classes], for Tags; nil if they were read from a file
}

// Outputs returns the outputs of the network, [examples, classes]: the logits, or the numbers of a
// regression. For data.TokenClassification it is [words, classes] with the words of all sentences, and
// nil for predictions of a run folder, which have no logits.
func (p *TaskPredictions) Outputs() []float32 {
	switch {
	case p.SingleLabel != nil:
		return p.SingleLabel.Logits
	case p.MultiLabel != nil:
		return p.MultiLabel.Logits
	case p.Regression != nil:
		out := make([]float32, p.Regression.Len())
		for i, v := range p.Regression.Answers {
			out[i] = float32(v)
		}
		return out
	}
	return p.words
}

// TaskError reports a call that does not fit the task of the model or of an adapter.
type TaskError struct {
	Task    data.Task // of the model or the adapter
	Call    string    // that does not fit
	Use     string    // the calls for this task
	Adapter string    // name of the adapter in [Classifiers]; "" for a Classifier
}

func (e *TaskError) Error() string {
	of := "the model's task"
	switch e.Adapter {
	case "":
	case adapters.Base:
		of = "the task of the model without an adapter"
	default:
		of = fmt.Sprintf("the task of the adapter %q", e.Adapter)
	}
	return fmt.Sprintf("%s does not fit %s, %s: use %s", e.Call, of, e.Task, e.Use)
}

// taskOf returns the task of a model.
func taskOf(m *bert.Model) data.Task {
	if m.Head == bert.TokenClassification {
		return data.TokenClassification
	}
	return data.Task(m.Config.Problem())
}

// callsOf names the calls of a Classifier for a task, for a [TaskError].
func callsOf(task data.Task) string {
	switch task {
	case data.Regression:
		return "Score"
	case data.TokenClassification:
		return "Tag or TagTexts"
	}
	return "Classify"
}

// Targets returns what a graph learns to predict for examples of a task with the given number of
// classes. The targets of data.TokenClassification depend on the tokens: see
// encoding.Rows.TokenTargets.
func Targets(task data.Task, examples []data.Example, classes int) batching.Targets {
	switch task {
	case data.MultiLabel:
		labels := make([][]int, len(examples))
		for i, e := range examples {
			labels[i] = e.Labels
		}
		return batching.MultiHot{Labels: labels, Classes: classes}
	case data.Regression:
		return batching.Values(values(examples))
	}
	return batching.Classes(data.Labels(examples))
}

func values(examples []data.Example) []float64 {
	list := make([]float64, len(examples))
	for i, e := range examples {
		list[i] = e.Value
	}
	return list
}

// PredictTask returns the predictions of prepared examples, according to the model's task. more
// returns the extra input tensors of each batch; nil means none.
func (p *Predictor) PredictTask(ctx context.Context, examples *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor) (*TaskPredictions, error) {
	if taskOf(p.model) == data.TokenClassification {
		return p.predictTags(ctx, examples, display, task, more)
	}
	logits, err := p.logits(ctx, examples, display, task, more)
	if err != nil {
		return nil, err
	}
	chosen, logits := examples.selected(logits, p.width) // the logits of other examples are without meaning
	return newPredictions(taskOf(p.model), p.model.Config.Labels, chosen, logits), nil
}

// newPredictions returns the predictions of a task for texts from the logits [examples, classes].
func newPredictions(task data.Task, classes []string, examples []data.Example, logits []float32) *TaskPredictions {
	ids := idsOf(examples)
	switch task {
	case data.MultiLabel:
		out := &metrics.MultiLabelPredictions{Classes: classes, IDs: ids, Logits: logits}
		for _, e := range examples {
			out.Labels = append(out.Labels, e.Labels)
		}
		return &TaskPredictions{MultiLabel: out}
	case data.Regression:
		out := &metrics.RegressionPredictions{IDs: ids, Values: values(examples), Answers: make([]float64, len(logits))}
		for i, v := range logits {
			out.Answers[i] = float64(v)
		}
		return &TaskPredictions{Regression: out}
	}
	return &TaskPredictions{SingleLabel: &metrics.Predictions{Classes: classes, IDs: ids, Labels: data.Labels(examples), Logits: logits}}
}

// predictTags is PredictTask for data.TokenClassification.
func (p *Predictor) predictTags(ctx context.Context, examples *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor) (*TaskPredictions, error) {
	logits, err := p.wordLogits(ctx, examples, display, task, more)
	if err != nil {
		return nil, err
	}
	tags, err := p.tagPredictions(examples, logits)
	if err != nil {
		return nil, err
	}
	return &TaskPredictions{Tags: tags, words: slices.Concat(logits...)}, nil
}

func idsOf(examples []data.Example) []string {
	ids := make([]string, len(examples))
	for i, e := range examples {
		ids[i] = e.ID
	}
	return ids
}

// PredictExamples is Predict for prepared examples. more returns the extra input tensors of each
// batch; nil means none. A model for another task than one class per text is a *TaskError.
func (p *Predictor) PredictExamples(ctx context.Context, examples *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor) (*metrics.Predictions, error) {
	if t := taskOf(p.model); t != data.SingleLabel {
		return nil, &TaskError{Task: t, Call: "Predict", Use: "PredictTask"}
	}
	all, err := p.PredictTask(ctx, examples, display, task, more)
	if err != nil {
		return nil, err
	}
	return all.SingleLabel, nil
}

// PredictTask returns the predictions of every example according to the model's task: for metrics
// on labelled examples. Like Predict, and unlike Classify, it does not clean the texts.
func (c *Classifier) PredictTask(ctx context.Context, examples []data.Example, display progress.Progress, task string) (*TaskPredictions, error) {
	prepared, err := c.Prepare(examples)
	if err != nil {
		return nil, err
	}
	return c.PredictPrepared(ctx, prepared, display, task)
}

// Prepare divides examples into batches for PredictPrepared. It does not clean the texts.
func (c *Classifier) Prepare(examples []data.Example) (*Prepared, error) {
	if c == nil || c.predictor == nil {
		return nil, errNotOpened
	}
	return c.predictor.Prepare(examples, nil)
}

// PredictPrepared is PredictTask for examples of Prepare, or a part of them.
func (c *Classifier) PredictPrepared(ctx context.Context, examples *Prepared, display progress.Progress, task string) (out *TaskPredictions, err error) {
	switch {
	case c == nil || c.predictor == nil:
		return nil, errNotOpened
	case examples == nil || examples.rows == nil:
		return nil, errors.New("the prepared examples are nil, expected those of Prepare")
	}
	err = c.alone(ctx, func() error {
		out, err = c.predictor.PredictTask(ctx, examples, display, task, nil)
		return err
	})
	return out, err
}

// Task returns the kind of the model's answers.
func (c *Classifier) Task() data.Task { return taskOf(c.model) }
