package classify

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// TaskAnswer is a prediction of one of several adapters for one text, according to its task.
type TaskAnswer struct {
	Task   data.Task
	Answer Answer // if Task is data.SingleLabel or data.MultiLabel
	Number Number // if Task is data.Regression
	Tagged Tagged // if Task is data.TokenClassification, which only a [Service] serves
}

// Classify returns an answer for every text, in their order, of the adapter at the same index of
// adapters ([adapters.Base]: the model without an adapter). The adapters may have one class per text
// or several. Texts are cleaned with data.Clean, like the training examples. An unknown name is a
// *[adapters.NameError], and an adapter for data.Regression a *[TaskError], see [Classifiers.Score]
// and [Classifiers.AnswerExamples]. If ctx ends first, its error is returned. The base without an
// adapter is an error if its config.json names other classes than the adapters and options.Labels
// was empty. A text for an adapter that was trained on pairs of texts is a *[PairsError], and one that is
// empty once it is cleaned a *[TextError].
func (c *Classifiers) Classify(ctx context.Context, texts, adapters []string) ([]Answer, error) {
	return c.ask(ctx, examplesOf(texts), adapters, c.checks("Classify", checkClassify), c.encodings.check)
}

// ClassifyExamples is Classify for examples, of which it reads Text and TextPair. Examples with a
// second text, and those for an adapter that was trained on pairs, are read as pairs. An empty Text is a
// *[TextError].
func (c *Classifiers) ClassifyExamples(ctx context.Context, examples []data.Example, adapters []string) ([]Answer, error) {
	return c.ask(ctx, examples, adapters, c.checks("ClassifyExamples", checkClassify))
}

// Score returns a number for every text, in their order, of the adapter at the same index of
// adapters, each for data.Regression; one for another task is a *[TaskError]. Texts are treated as
// by Classify.
func (c *Classifiers) Score(ctx context.Context, texts, adapters []string) ([]Number, error) {
	answers, err := c.ask(ctx, examplesOf(texts), adapters, c.checks("Score", checkScore), c.encodings.check)
	if err != nil {
		return nil, err
	}
	return numbersOf(answers), nil
}

// ScoreExamples is Score for examples, which are treated as by ClassifyExamples.
func (c *Classifiers) ScoreExamples(ctx context.Context, examples []data.Example, adapters []string) ([]Number, error) {
	answers, err := c.ask(ctx, examples, adapters, c.checks("ScoreExamples", checkScore))
	if err != nil {
		return nil, err
	}
	return numbersOf(answers), nil
}

// AnswerExamples returns a prediction for every example, in their order, of the adapter at the same
// index of adapters, of any task. Examples are treated as by ClassifyExamples.
func (c *Classifiers) AnswerExamples(ctx context.Context, examples []data.Example, adapters []string) ([]TaskAnswer, error) {
	tasks := make([]data.Task, len(adapters))
	answers, err := c.ask(ctx, examples, adapters, func(names []string) error {
		for i, name := range names {
			tasks[i] = c.heads.heads[name].task
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := make([]TaskAnswer, len(answers))
	for i, a := range answers {
		if out[i].Task = tasks[i]; tasks[i] == data.Regression {
			out[i].Number = a.number()
		} else {
			out[i].Answer = a
		}
	}
	return out, nil
}

// checks returns a check of the adapters' tasks for a call.
func (c *Classifiers) checks(call string, check func(task data.Task, call, adapter string) error) func([]string) error {
	return func(names []string) error {
		for _, name := range names {
			if err := check(c.heads.heads[name].task, call, name); err != nil {
				return err
			}
		}
		return nil
	}
}

// ask returns the answers of the adapters, which the checks accept, to examples.
func (c *Classifiers) ask(ctx context.Context, examples []data.Example, adapters []string, checks ...func(adapters []string) error) (answers []Answer, err error) {
	if len(examples) != len(adapters) {
		return nil, fmt.Errorf("%d texts and %d names of adapters: expected a name for each text", len(examples), len(adapters))
	}
	err = c.alone(ctx, func() error {
		slots, err := c.adapters.Rows(adapters)
		if err != nil {
			return err
		}
		err = c.heads.checkBase(adapters)
		for _, check := range checks {
			err = errors.Join(err, check(adapters))
		}
		if err != nil {
			return err
		}
		texts, err := cleaned(examples)
		if err != nil {
			return err
		}
		all := outputs{
			examples: make([]data.Example, len(examples)), unknown: make([]tokenizers.UnknownTokens, len(examples)), long: make([]bool, len(examples)),
			logits: make([]float32, len(examples)*c.predictor.width), width: c.predictor.width,
		}
		var single, pairs []int // indices of the examples
		for i, e := range examples {
			if e.TextPair != "" || c.encodings.pairs[adapters[i]] {
				pairs = append(pairs, i)
			} else {
				single = append(single, i)
			}
		}
		if err := c.compute(ctx, texts, slots, single, false, all); err != nil {
			return err
		}
		if err := c.compute(ctx, texts, slots, pairs, true, all); err != nil {
			return err
		}
		answers, err = c.decide(all, adapters)
		return err
	})
	if err != nil {
		return nil, err
	}
	return answers, nil
}

// compute sets the outputs of the cleaned examples with the given indices, which are all pairs or all
// single texts. slots are the adapters' slots of all examples.
func (c *Classifiers) compute(ctx context.Context, examples []data.Example, slots []int32, chosen []int, pairs bool, all outputs) error {
	part := make([]data.Example, len(chosen))
	for i, example := range chosen {
		part[i] = examples[example]
	}
	found, err := c.predictor.outputsOf(ctx, part, pairs, func(rows *encoding.Rows) feed.More {
		return func(batch batching.Batch) map[string]*tensors.Tensor {
			of := make([]int32, batch.Rows) // padding rows use the base
			for i, row := range batch.Index {
				of[i] = slots[chosen[rows.Example(row)]]
			}
			return map[string]*tensors.Tensor{slotsTensor: tensors.FromFlatDataAndDimensions(of, batch.Rows)}
		}
	})
	if err != nil {
		return err
	}
	all.set(found, chosen)
	return nil
}

// decide turns the outputs into answers, by the head of each example's adapter.
func (c *Classifiers) decide(all outputs, adapters []string) ([]Answer, error) {
	examples := map[string][]int{} // indices by adapter
	for i, name := range adapters {
		examples[name] = append(examples[name], i)
	}
	out := make([]Answer, len(adapters))
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		h := c.heads.heads[name]
		answers, err := all.choose(examples[name], h.columns).answers(h.task, h.labels, h.decisions)
		if err != nil {
			return nil, fmt.Errorf("adapter %q: %w", name, err)
		}
		for i, example := range examples[name] {
			out[example] = answers[i]
		}
	}
	return out, nil
}
