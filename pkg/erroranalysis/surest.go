package erroranalysis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Mistake is a test example with a wrong answer of the trained model.
type Mistake struct {
	ID          string
	Label       string  // of the data
	Answer      string  // of the model
	Probability float64 // of the answer, 0 to 1
	Tokens      int     // before truncation, special tokens included
	Cut         bool    // the model does not read all tokens, or reads them in windows
	Duplicate   string  // id of a training example with the same or nearly the same text; "" for none

	Example data.Example // with the text, which Write leaves out
}

// Surest returns the n mistakes with the highest probabilities of their wrong answers, of a finished
// run with one class per example; all if it has fewer. The data and the model's tokenizer must be on
// this machine. Mistakes of equal probability are in the order of the test examples.
func Surest(ctx context.Context, r *finetune.Run, n int) ([]Mistake, error) {
	if n < 1 {
		return nil, fmt.Errorf("error analysis: the number of mistakes is %d, expected at least 1", n)
	}
	if r == nil || r.Folder == nil {
		return nil, errors.New("error analysis: there is no run, expected one of finetune.OpenFinished")
	}
	if task := r.Experiment.Task; task != "" && task != data.SingleLabel {
		return nil, fmt.Errorf("error analysis: the task of %s is %s, expected %s", r.Folder.Dir(), task, data.SingleLabel)
	}
	p, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
	if err != nil {
		return nil, fmt.Errorf("error analysis: a finished run is needed: %w", err)
	}
	if p.IDs == nil {
		return nil, fmt.Errorf("error analysis: %s has no ids, expected one for each example", r.Folder.Path(runfolder.ReportPredictionsFile))
	}
	answers, probabilities, err := p.Answers()
	if err != nil {
		return nil, err
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]data.Example, len(examples.Test))
	for _, e := range examples.Test {
		byID[e.ID] = e
	}
	var list []Mistake
	for i, answer := range answers {
		if answer == p.Labels[i] {
			continue
		}
		e, known := byID[p.IDs[i]]
		if !known {
			return nil, fmt.Errorf("error analysis: %s has a prediction for %q, which is no test example of the data", r.Folder.Dir(), p.IDs[i])
		}
		list = append(list, Mistake{ID: p.IDs[i], Label: p.Classes[p.Labels[i]], Answer: p.Classes[answer], Probability: probabilities[i][answer], Example: e})
	}
	slices.SortStableFunc(list, func(a, b Mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	list = list[:min(n, len(list))]
	if len(list) == 0 {
		return list, nil
	}
	found := make([]data.Example, len(list))
	for i, m := range list {
		found[i] = m.Example
	}
	tokens, err := r.TokenCounts(ctx, found)
	if err != nil {
		return nil, err
	}
	pairs, err := duplicates.Find(ctx, duplicates.Part{Name: "train", Examples: examples.Train}, duplicates.Part{Name: "mistakes", Examples: found})
	if err != nil {
		return nil, err
	}
	for i := range list {
		list[i].Tokens, list[i].Cut = tokens[i], tokens[i] > r.Experiment.Data.MaxLength
		if pair, ok := pairs.Closest(1, i, 0); ok {
			list[i].Duplicate = pair.Other
		}
	}
	return list, nil
}
